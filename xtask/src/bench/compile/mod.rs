//! `cargo xtask bench compile`: what evento costs the developer.
//!
//! A bank account is built with evento, by hand on sqlx, and with cqrs-es; and an application of twenty components with twenty-five handlers
//! each is built with evento and with its handlers registered by hand. Every side is built in turn in each round, from nothing
//! and after the edit of one handler.

mod generate;
mod subject;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use serde_json::Value;

use self::subject::{Profile, Source, Subject};
use super::{
    machine, report,
    row::{Better, Row, Target},
    table,
};
use crate::project;

/// How often a package is built after an edit, checked, and expanded.
const EDITS: usize = 5;
const BYTES_OF_A_MEGABYTE: f64 = 1_048_576.0;

/// What was measured of one program.
#[derive(Default)]
struct Cost {
    lines: f64,
    crates: f64,
    cold: f64,
    /// Nothing when only a first look is taken, as is the next.
    release: Vec<f64>,
    megabytes: Vec<f64>,
    rebuilds: Vec<f64>,
    checks: Vec<f64>,
    expansions: Vec<f64>,
}

/// Builds everything, and tells.
pub(super) fn run(quick: bool, json: bool) -> Result<ExitCode> {
    let root = project::root();
    let parent = project::target(&root).join("compile");
    fs::create_dir_all(&parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    let bank = measure(&parent, banks(&root)?, quick)?;
    let app = measure(&parent, apps(&root)?, quick)?;
    let mut rows = rows(&bank, &app);
    rows.retain(|row| !row.ours.is_empty());
    if json {
        println!("{:#}", Value::Array(rows.iter().map(Row::to_json).collect()));
    } else {
        println!("{}", table::aligned(&rows));
    }
    if !quick {
        report::write_compile(&root.join("docs"), &machine::of_builds()?, &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Measures programs side by side, without the builds for production when only a first look is taken.
fn measure(parent: &Path, sources: Vec<Source>, quick: bool) -> Result<Vec<Cost>> {
    let mut subjects = Vec::new();
    for source in sources {
        subjects.push((Subject::new(parent, source)?, Cost::default()));
    }
    for (subject, cost) in &mut subjects {
        eprintln!("{}: from nothing", subject.name());
        #[expect(clippy::cast_precision_loss, reason = "there are not that many lines and crates")]
        let counted = (subject.lines() as f64, subject.crates()? as f64);
        (cost.lines, cost.crates) = counted;
        cost.cold = subject.cold(Profile::Dev)?;
        subject.check()?;
        subject.expansion()?;
    }
    for round in 1..=EDITS {
        eprintln!("after an edit, round {round} of {EDITS}");
        for (subject, cost) in &mut subjects {
            cost.rebuilds.push(subject.after_edit(Profile::Dev)?);
            cost.checks.push(subject.check()?);
            cost.expansions.push(subject.expansion()?);
        }
    }
    for (subject, cost) in &mut subjects {
        if !quick {
            eprintln!("{}: from nothing, for production", subject.name());
            cost.release.push(subject.cold(Profile::Release)?);
            #[expect(clippy::cast_precision_loss, reason = "no program is that large")]
            let size = subject.stripped_size()? as f64;
            cost.megabytes.push(size / BYTES_OF_A_MEGABYTE);
        }
        subject.forget()?;
    }
    Ok(subjects.into_iter().map(|(_, cost)| cost).collect())
}

/// The bank account: ours, by hand, and with cqrs-es.
fn banks(root: &Path) -> Result<Vec<Source>> {
    let read = |path: &str| {
        let path = root.join(path);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let edited = "balance < 0";
    let by_hand = "anyhow = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\ntempfile = \"3\"\n\
                   thiserror = \"2\"\ntokio = { version = \"1\", default-features = false, features = [\"rt-multi-thread\", \"macros\"] }\n";
    Ok(vec![
        Source {
            name: "bank-evento",
            main: read("examples/bank.rs")?,
            others: Vec::new(),
            dependencies: evento(root) + "tempfile = \"3\"\nthiserror = \"2\"\n",
            lock: root.join("Cargo.lock"),
            edited,
        },
        Source {
            name: "bank-by-hand",
            main: read("benches/compile/bank_by_hand/main.rs")?,
            others: vec![("schema.sql", read("benches/compile/bank_by_hand/schema.sql")?)],
            dependencies: format!(
                "{by_hand}sqlx = {{ version = \"0.9\", default-features = false, features = [\"runtime-tokio\", \"sqlite-bundled\"] }}\n"
            ),
            lock: root.join("Cargo.lock"),
            edited,
        },
        Source {
            name: "bank-cqrs-es",
            main: read("benches/compile/bank_cqrs_es/main.rs")?,
            others: vec![("schema.sql", read("benches/compile/bank_cqrs_es/schema.sql")?)],
            dependencies: format!(
                "{by_hand}cqrs-es = \"0.5\"\nsqlite-es = \"0.5\"\nsqlx = {{ version = \"0.8\", default-features = false, features = [\"runtime-tokio\", \"sqlite\"] }}\n"
            ),
            lock: root.join("benches/peers/Cargo.lock"),
            edited,
        },
    ])
}

/// The application of many handlers: ours, and by hand.
fn apps(root: &Path) -> Result<Vec<Source>> {
    let source = |name, main| Source {
        name,
        main,
        others: Vec::new(),
        dependencies: evento(root),
        lock: root.join("Cargo.lock"),
        edited: generate::EDITED,
    };
    Ok(vec![source("app-evento", generate::with_evento()?), source("app-by-hand", generate::by_hand()?)])
}

/// What an application of evento depends on.
fn evento(root: &Path) -> String {
    let path: PathBuf = root.to_owned();
    format!(
        "evento = {{ path = {path:?} }}\ntokio = {{ version = \"1\", default-features = false, features = [\"rt-multi-thread\", \"macros\"] }}\n"
    )
}

fn rows(bank: &[Cost], app: &[Cost]) -> Vec<Row> {
    let [ours, by_hand, cqrs_es] = bank else { return Vec::new() };
    let [app, app_by_hand] = app else { return Vec::new() };
    let row = |name: &str, unit, ours: Vec<f64>, against, target| {
        let name = name.to_owned();
        Row { name, unit, better: Better::Lower, ours, against, target }
    };
    let each = |of: fn(&Cost) -> f64| (vec![of(ours)], vec![of(by_hand)], vec![of(cqrs_es)]);
    let mut rows = Vec::new();
    let (lines, hand, other) = each(|cost| cost.lines);
    rows.push(row("bank, lines", "lines", lines.clone(), None, Target::must(70.0).reach(60.0)));
    rows.push(row(
        "bank, lines, against by hand",
        "lines",
        lines.clone(),
        Some(("by hand", hand)),
        Target::NONE,
    ));
    rows.push(row("bank, lines, against cqrs-es", "lines", lines, Some(("cqrs-es", other)), Target::NONE));
    let (crates, hand, other) = each(|cost| cost.crates);
    rows.push(row("bank, packages", "packages", crates.clone(), None, Target::must(175.0)));
    rows.push(row(
        "bank, packages, against by hand",
        "packages",
        crates.clone(),
        Some(("by hand", hand)),
        Target::NONE,
    ));
    rows.push(row(
        "bank, packages, against cqrs-es",
        "packages",
        crates,
        Some(("cqrs-es", other)),
        Target::NONE,
    ));
    let (cold, hand, other) = each(|cost| cost.cold);
    rows.push(row(
        "bank, dev build from nothing",
        "s",
        cold.clone(),
        Some(("cqrs-es", other)),
        Target::must(1.0),
    ));
    rows.push(row(
        "bank, dev build from nothing, against by hand",
        "s",
        cold,
        Some(("by hand", hand)),
        Target::NONE,
    ));
    let rebuilds = ours.rebuilds.clone();
    rows.push(row(
        "bank, dev build after an edit",
        "s",
        rebuilds.clone(),
        None,
        Target::must(0.6).reach(0.5),
    ));
    let hand = Some(("by hand", by_hand.rebuilds.clone()));
    rows.push(row(
        "bank, dev build after an edit, against by hand",
        "s",
        rebuilds.clone(),
        hand,
        Target::NONE,
    ));
    let other = Some(("cqrs-es", cqrs_es.rebuilds.clone()));
    rows.push(row("bank, dev build after an edit, against cqrs-es", "s", rebuilds, other, Target::NONE));
    let each = |of: fn(&Cost) -> Vec<f64>| (of(ours), of(by_hand), of(cqrs_es));
    let (release, hand, other) = each(|cost| cost.release.clone());
    rows.push(row(
        "bank, release build from nothing, against by hand",
        "s",
        release.clone(),
        Some(("by hand", hand)),
        Target::NONE,
    ));
    rows.push(row(
        "bank, release build from nothing, against cqrs-es",
        "s",
        release,
        Some(("cqrs-es", other)),
        Target::NONE,
    ));
    let (size, hand, other) = each(|cost| cost.megabytes.clone());
    rows.push(row(
        "bank, size of the program, against by hand",
        "MiB",
        size.clone(),
        Some(("by hand", hand)),
        Target::NONE,
    ));
    rows.push(row(
        "bank, size of the program, against cqrs-es",
        "MiB",
        size,
        Some(("cqrs-es", other)),
        Target::NONE,
    ));
    let against = |of: fn(&Cost) -> Vec<f64>| Some(("registered by hand", of(app_by_hand)));
    rows.push(row(
        "500 handlers, expansion of macros for each",
        "ms",
        milliseconds_each(&app.expansions),
        against(|cost| milliseconds_each(&cost.expansions)),
        Target::NONE,
    ));
    // Both sides derive the same of serde and of the standard library for the same payloads.
    let ours: Vec<_> =
        app.expansions.iter().zip(&app_by_hand.expansions).map(|(all, derives)| all - derives).collect();
    rows.push(row(
        "500 handlers, expansion of macros for each, beyond the derives",
        "ms",
        milliseconds_each(&ours),
        None,
        Target::must(1.0),
    ));
    rows.push(row(
        "500 handlers, check",
        "s",
        app.checks.clone(),
        against(|cost| cost.checks.clone()),
        Target::must(1.3),
    ));
    rows.push(row(
        "500 handlers, dev build after an edit",
        "s",
        app.rebuilds.clone(),
        against(|cost| cost.rebuilds.clone()),
        Target::NONE,
    ));
    rows.push(row(
        "500 handlers, release build from nothing",
        "s",
        app.release.clone(),
        against(|cost| cost.release.clone()),
        Target::NONE,
    ));
    rows.push(row(
        "500 handlers, size of the program",
        "MiB",
        app.megabytes.clone(),
        against(|cost| cost.megabytes.clone()),
        Target::must(1.2),
    ));
    rows
}

fn milliseconds_each(seconds: &[f64]) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "there are not that many handlers")]
    let handlers = generate::HANDLERS as f64;
    seconds.iter().map(|seconds| seconds * 1_000.0 / handlers).collect()
}

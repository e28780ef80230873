//! `cargo xtask bench graph`: what the compiler takes to check the graph of a large bundle.
//!
//! The same program is checked by `cargo check` with `bundle!` and without, in turn; everything else in it is the same. What counts is the
//! time of the processor, which does not depend on what else the machine does.

mod source;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use self::source::{COMPONENTS, Composition, HANDLERS, source};
use crate::project;

/// How many components and handlers the program has.
const AREAS: usize = 40;
const ROUNDS: usize = 7;

const COMPOSITIONS: [(Composition, &str); 3] = [
    (Composition::Discovered, "Bundle::discovered, checked at start"),
    (Composition::Bundle, "bundle!"),
    (Composition::Denying, "bundle! that denies everything"),
];

/// Measures and tells.
pub(super) fn run(quick: bool) -> Result<ExitCode> {
    let root = project::root();
    let programs: Vec<_> = COMPOSITIONS
        .iter()
        .map(|(composition, _)| Program::written(&root, *composition))
        .collect::<Result<_>>()?;
    for program in &programs {
        // Builds what it depends on.
        program.check()?;
    }
    let mut times = vec![Vec::new(); programs.len()];
    for _ in 0..if quick { 3 } else { ROUNDS } {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.check()?);
        }
    }
    let components = AREAS * COMPONENTS;
    println!(
        "`cargo check` of {components} components with {} handlers, processor time:",
        components * HANDLERS
    );
    let mut without = None;
    for ((_, name), times) in COMPOSITIONS.iter().zip(&mut times) {
        times.sort_unstable();
        let [least, median, most] = [times[0], times[times.len() / 2], times[times.len() - 1]];
        let without = *without.get_or_insert(median);
        let extra = median.saturating_sub(without);
        println!("{name:<40} {median:>6.2?} ({least:.2?} to {most:.2?}), extra {extra:.2?}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The processor time of all processes that this one has started, and that have ended.
fn processor_time() -> Result<Duration> {
    /// How many ticks a second has in everything that Linux tells programs.
    const TICKS: u64 = 100;
    let stat = fs::read_to_string("/proc/self/stat").context("only Linux tells what processes have taken")?;
    // The name of the program may contain anything, but nothing behind it does.
    let (_, behind) = stat.rsplit_once(')').context("a line of another form")?;
    let ticks = behind.split_whitespace().skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// A generated package.
struct Program {
    manifest: PathBuf,
    main: PathBuf,
    target: PathBuf,
}

impl Program {
    fn written(root: &Path, composition: Composition) -> Result<Self> {
        let name = format!("graph-{composition:?}").to_lowercase();
        let target = project::target(root);
        let folder = target.join("bench").join(&name);
        let (manifest, main) = (folder.join("Cargo.toml"), folder.join("src").join("main.rs"));
        fs::create_dir_all(folder.join("src")).with_context(|| format!("no folder {}", folder.display()))?;
        let write = |path: &Path, text: &str| {
            fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
        };
        let evento = format!("{{ path = {:?}, default-features = false }}", root.display().to_string());
        write(
            &manifest,
            &format!(
                "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nevento = {evento}\n\n[workspace]\n"
            ),
        )?;
        write(&main, &source(AREAS, composition))?;
        // The same versions of everything, without asking a registry.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).context("no Cargo.lock")?;
        Ok(Self { manifest, main, target })
    }

    /// Has the program checked anew, and nothing else.
    fn check(&self) -> Result<Duration> {
        let text = fs::read(&self.main).context("the program is gone")?;
        fs::write(&self.main, text).context("the program cannot be written")?;
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["check", "--quiet", "--offline", "--manifest-path"]).arg(&self.manifest);
        cargo.arg("--target-dir").arg(&self.target).env("CARGO_INCREMENTAL", "0").stdin(Stdio::null());
        let before = processor_time()?;
        let status = cargo.status().context("no cargo")?;
        ensure!(status.success(), "`{}` cannot be checked", self.manifest.display());
        Ok(processor_time()? - before)
    }
}

//! An import that is killed, wherever that is, goes on where it was.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use evento::archive::Verify;

use super::{Archive, fill, head};
use crate::{databases::Database, programs::example, stores::run};

/// So many events, in groups of 500.
const EVENTS: u64 = 12_000;
/// How many imports are killed, until one comes to its end.
const KILLS: u32 = 6;

#[test]
fn a_killed_import_goes_on_in_a_file() {
    a_killed_import_goes_on(&Database::sqlite(), false);
}

#[test]
fn a_killed_import_goes_on_on_postgres() {
    a_killed_import_goes_on(&run(Database::postgres()), false);
}

#[test]
fn a_killed_import_goes_on_on_mysql() {
    a_killed_import_goes_on(&run(Database::mysql()), false);
}

#[test]
fn a_killed_import_goes_on_renumbered_in_a_file() {
    a_killed_import_goes_on(&Database::sqlite(), true);
}

fn a_killed_import_goes_on(target: &Database, renumbered: bool) {
    let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("EVENTO_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let archive = run(async {
        let source = Database::sqlite();
        let store = source.open().await;
        fill(&store, EVENTS / 100, 100).await;
        Archive::of(&store).await
    });
    let (mut reached, mut struck) = (0, 0);
    for kill in 0..KILLS {
        let mut program = import(&archive.path(), target, renumbered);
        // They stay open until it is dead: nothing else must end it.
        let mut lines = BufReader::new(program.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        // The first time between two groups, then mostly while it writes, and sometimes before.
        let told = if kill > 0 && random.u8(0..4) == 0 {
            lines.by_ref().take(random.usize(1..12)).last()
        } else {
            let writes = lines.by_ref().find(|line| line.starts_with("importing"));
            lines.by_ref().take(random.usize(usize::from(kill == 0)..3)).last().or(writes)
        };
        program.kill().expect("a kill");
        program.wait().expect("its end");
        let there = run(async { head(&target.open().await).await.0 });
        println!("killed at {told:?}, with {there} events");
        assert!(there >= reached && there % 500 == 0, "groups are whole: {there}");
        struck += u32::from(there > reached && there < EVENTS);
        reached = there;
    }
    assert!(struck > 0, "somebody was killed between two groups");
    let done = import(&archive.path(), target, renumbered).wait_with_output().expect("its end");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    run(async {
        let store = target.open().await;
        assert_eq!(head(&store).await.0, EVENTS, "no event is missing, and none is there twice");
        let verify = Verify::file(archive.path());
        let verify = if renumbered { verify.renumbered() } else { verify };
        assert_eq!(verify.against(&*store).await.expect("all of it").records, EVENTS);
    });
}

fn import(archive: &Path, target: &Database, renumbered: bool) -> Child {
    let mut command = example("archive");
    command.arg("import").arg("--from").arg(archive).args(["--to", target.address()]);
    if renumbered {
        command.arg("--renumber");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the example runs")
}

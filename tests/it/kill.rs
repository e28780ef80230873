//! Killed with SIGKILL at random moments and started again, the tutorial application has lost and repeated nothing.
//!
//! This tests what happens to a process, not to a machine: what a killed process has handed to the operating system stays
//! there, so nothing here says whether it would survive a loss of power. That is what `synchronous=FULL` is for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use evento::{
    message::StoredEvent,
    store::{LogQuery, log_events},
};
use futures_util::TryStreamExt;

use crate::{databases::Database, programs::example, stores::run};

/// Lists worked on in each round, with nine commands each.
const LISTS: u32 = 40;
/// Two rounds do the same work, so that what was interrupted, and what was not, is repeated.
const ROUNDS_PER_SEED: u64 = 2;
/// A kill comes so many milliseconds after the first acknowledgement at the latest.
const LATEST_KILL: u64 = 120;
/// How long a process waits for the consumers of one that was killed, in milliseconds. It begins to work after that.
const LEASE: &str = "500";
/// The longest that one run may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// A kill strikes one of these phases when a span of that name is open; more kills follow until each was struck.
const PHASES: [&str; 3] = ["append", "saga", "checkpoint"];
const MOST_ROUNDS: u64 = 400;

#[test]
fn a_killed_application_has_lost_and_repeated_nothing_in_a_file() {
    a_killed_application_has_lost_and_repeated_nothing(&Database::sqlite(), 60);
}

#[test]
fn a_killed_application_has_lost_and_repeated_nothing_on_postgres() {
    a_killed_application_has_lost_and_repeated_nothing(&run(Database::postgres()), 30);
}

#[test]
fn a_killed_application_has_lost_and_repeated_nothing_on_mysql() {
    a_killed_application_has_lost_and_repeated_nothing(&run(Database::mysql()), 30);
}

/// Kills the application so many times while it is at work.
fn a_killed_application_has_lost_and_repeated_nothing(db: &Database, wanted: usize) {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);

    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let mut struck: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut kills, mut round) = (0, 0);
    while kills < wanted || PHASES.iter().any(|phase| !struck.contains_key(phase)) {
        assert!(round < MOST_ROUNDS, "{kills} kills in {round} rounds have struck only {struck:?}");
        let spans = folder.path().join("spans");
        let mut program = Program::work(db, &spans, round / ROUNDS_PER_SEED);
        round += 1;
        // The first line says that it is at work; from there on any moment is as good as another.
        program.wait_for_line();
        let end = Instant::now() + Duration::from_millis(random.u64(0..LATEST_KILL));
        program.read_until(end);
        program.child.kill().expect("a kill");
        program.child.wait().expect("its end");
        program.read_all();
        acknowledged.append(&mut program.acknowledged);
        let open = open_spans(&spans);
        if program.done || !open.contains_key("command") {
            continue;
        }
        kills += 1;
        for phase in PHASES.iter().filter(|phase| open.contains_key(**phase)) {
            *struck.entry(phase).or_default() += 1;
        }
    }
    println!("{kills} kills with a command in flight, in {round} rounds; they struck {struck:?}");
    let seeds = round.div_ceil(ROUNDS_PER_SEED);

    // Whatever was interrupted is ended by doing the same work again.
    for seed in 0..seeds {
        let mut program = Program::work(db, &folder.path().join("spans"), seed);
        program.read_until(Instant::now() + PATIENCE);
        assert!(program.done, "the work of seed {seed} is ended");
        program.child.wait().expect("its end");
        acknowledged.append(&mut program.acknowledged);
    }
    assert_eq!(acknowledged.len(), seeds as usize * LISTS as usize * 9, "every command was acknowledged");

    let events = run(log_of(db));
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.position.0, index as u64 + 1, "positions are dense");
    }
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for event in &events {
        let payload: evento::serde_json::Value =
            evento::serde_json::from_str(event.message.payload.get()).expect("JSON");
        let list = payload["list_id"].as_str().expect("each event names its list").to_owned();
        *counts.entry((list, event.message.name.clone().into_owned())).or_default() += 1;
    }
    let expected = [
        ("TodoListCreated", 1),
        ("TodoAdded", 4),
        ("TodoRemoved", 1),
        ("TodoChecked", 3),
        ("NotificationSent", 3),
        ("ActivityRegistered", 1),
    ];
    for seed in 0..seeds {
        for number in 0..LISTS {
            for (name, count) in expected {
                let stored = counts.remove(&(format!("work-{seed}-{number}"), name.to_owned()));
                assert_eq!(stored.unwrap_or(0), count, "{name} of list {number} of seed {seed}");
            }
        }
    }
    assert!(counts.is_empty(), "and nothing else was stored: {counts:?}");
    assert_eq!(run(live_sagas(db)), 0, "every saga has ended");

    let views = verify(db);
    assert_eq!(views.len(), seeds as usize * LISTS as usize);
    assert!(views.iter().all(|view| view.contains("REGISTERED")), "every list is registered");
    run(forget_views(db));
    assert_eq!(verify(db), views, "the views equal a fresh replay");
}

/// The application at work.
struct Program {
    child: Child,
    lines: Receiver<String>,
    acknowledged: BTreeSet<String>,
    done: bool,
}

impl Program {
    fn work(db: &Database, spans: &Path, seed: u64) -> Self {
        let mut command = example("todo_list");
        command.arg("--store").arg(db.address()).arg("--spans").arg(spans);
        command.args(["--work", &LISTS.to_string(), "--seed", &seed.to_string(), "--lease", LEASE]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the application starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(std::io::Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, acknowledged: BTreeSet::new(), done: false }
    }

    fn take(&mut self, line: String) {
        match line.strip_prefix("ack ") {
            Some(command) => drop(self.acknowledged.insert(command.to_owned())),
            None => self.done |= line == "done",
        }
    }

    fn wait_for_line(&mut self) {
        let line = self.lines.recv_timeout(PATIENCE).expect("the application says something");
        self.take(line);
    }

    fn read_until(&mut self, end: Instant) {
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Everything that was said before the end. A line that was cut off was not said.
    fn read_all(&mut self) {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.take(line);
        }
    }
}

/// How many spans of each name were begun and not ended.
fn open_spans(spans: &Path) -> BTreeMap<String, i64> {
    let mut open = BTreeMap::new();
    for line in fs::read_to_string(spans).unwrap_or_default().lines() {
        let Some((sign, name)) = line.split_at_checked(1) else { continue };
        *open.entry(name.to_owned()).or_insert(0) += if sign == "+" { 1 } else { -1 };
    }
    open.retain(|_, count| *count > 0);
    open
}

async fn log_of(db: &Database) -> Vec<StoredEvent> {
    log_events(&*db.open().await, LogQuery::default()).try_collect().await.expect("the log")
}

async fn live_sagas(db: &Database) -> usize {
    db.open().await.list_sagas("todo/ListActivity", None, 1_000).await.expect("the sagas").len()
}

/// Takes the projector's checkpoint and rows away, so that it begins with the first event.
async fn forget_views(db: &Database) {
    for statement in [
        "delete from evento.consumer where component = 'todo/TodoListProjector'",
        "delete from evento.view_row",
        "delete from evento.view_index",
    ] {
        db.run(statement).await;
    }
}

/// Every list as it is shown, one line of JSON each, in the order of their names.
fn verify(db: &Database) -> Vec<String> {
    let output = example("todo_list").args(["--store", db.address(), "--verify"]).output();
    let output = output.expect("the application runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

//! A process that runs errands dies at each step of that, or is stopped there and wakes late: what is handled again, and what is not.
//!
//! A step is a call of the store, before it and behind it, so these are all the moments between receiving, sending, recording the
//! outcome, writing the state, and moving the checkpoint. What the one who is left does is always the same:
//!
//! - the handler of an event behind the checkpoint is called again, and that of one before it is not;
//! - a command has one outcome, which is the first that was stored, although by now it would be another one;
//! - a service acts again, under the same id, as long as the event that tells of it is not stored.

mod errands;
mod program;

use std::{collections::BTreeSet, time::Duration};

use evento::{App, Client, prelude::*, store::SharedStore};
use tempfile::TempDir;

use self::program::{LEASE, obey, orders};
pub use self::{
    errands::{Counter, Walker, read},
    program::{Orders, Program, Role, request_id},
};
use crate::{
    databases::Database,
    faulty::Step,
    pages::events,
    stores::{PATIENCE, run},
};

/// A place where errands are begun, and run by others.
pub struct Place {
    pub db: Database,
    pub store: SharedStore,
    pub walker: Client<Walker>,
    pub role: Role,
    /// That of all processes.
    pub lease: Duration,
    counter: App,
    folder: TempDir,
    begun: u32,
}

/// An errand that nobody has run yet.
pub struct Case {
    pub errand: String,
    pub diary: String,
    /// Of the three events that are handled.
    pub positions: Vec<Position>,
}

impl Case {
    pub fn lines(&self) -> Vec<String> {
        read(&self.diary)
    }

    /// How many lines begin so.
    pub fn count(&self, beginning: &str) -> usize {
        self.lines().iter().filter(|line| line.starts_with(beginning)).count()
    }
}

/// What is left by whoever has died.
struct Remains {
    lines: Vec<String>,
    checkpoint: Position,
    is_posted: bool,
}

impl Place {
    pub async fn new(db: Database, role: Role) -> Self {
        let store = db.open().await;
        if role != Role::Client {
            // From here on, it handles what comes.
            let (app, _) = role.start(&store, LEASE).await;
            app.shutdown().await.expect("it stops");
        }
        let counter = Counter::builder().shared_store(store.clone()).start().await.expect("it starts");
        let (walker, folder) = (counter.invoker(), tempfile::tempdir().expect("a folder for tests"));
        Self { db, store, walker, role, lease: LEASE, counter, folder, begun: 0 }
    }

    pub async fn begin(&mut self) -> Case {
        self.begun += 1;
        let errand = format!("errand {}", self.begun);
        let diary = self.folder.path().join(&errand).to_string_lossy().into_owned();
        let receipt = self.walker.begin(errand.clone(), diary.clone()).await.expect("it is accepted");
        Case { errand, diary, positions: receipt.events().iter().map(|event| event.position).collect() }
    }

    /// Sends out a process that runs the errand, up to a step.
    pub fn send_out(&self, case: &Case, stays_at: Option<Step>) -> Program {
        let request = (self.role == Role::Client).then(|| (case.errand.clone(), case.diary.clone()));
        let Self { role, lease, .. } = *self;
        Program::start(&Orders { role, store: self.db.address().to_owned(), lease, stays_at, request })
    }

    /// Sends out a process that runs the errand, and kills it at a step, to which it must come.
    pub fn dies_at(&self, case: &Case, step: &str, time: u32) -> Program {
        let mut program = self.send_out(case, Some(Step::new(step, time)));
        assert!(program.stays(), "it comes to {step} for time {time}: {:?}", program.steps);
        program.kill();
        program
    }

    /// Gives back what those had who are gone, as the end of their leases would.
    pub async fn bury(&self) {
        for node in self.store.nodes().await.expect("a read") {
            self.store.leave(node.node).await.expect("a write");
        }
    }

    /// From now on, what was refused would be accepted, and what was worth no event would be.
    pub async fn fill(&self, case: &Case) {
        self.walker.fill(case.errand.clone()).await.expect("it is accepted");
    }

    /// Somebody else runs what is left to run.
    pub async fn go_on(&self) {
        let (app, _) = self.role.start(&self.store, self.lease).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let status = app.status().await.expect("a status");
        assert!(status.iter().all(|one| one.parked == 0 && one.last_error.is_none()), "{status:?}");
        app.shutdown().await.expect("everything comes to rest");
    }

    /// How many events of a name there are about an errand.
    pub async fn count(&self, case: &Case, name: &'static str) -> usize {
        let part = format!("{:?}", case.errand);
        let events = events(&self.store, name).await;
        events.iter().filter(|event| event.message.payload.get().contains(&part)).count()
    }

    pub async fn checkpoint(&self) -> Position {
        let record = self.store.consumer(&self.role.consumer()).await.expect("a read");
        record.expect("a record").checkpoint
    }

    pub async fn close(self) {
        self.counter.shutdown().await.expect("it stops");
        self.store.close().await;
    }

    async fn remains(&self, case: &Case) -> Remains {
        Remains {
            lines: case.lines(),
            checkpoint: self.checkpoint().await,
            is_posted: self.count(case, "Posted").await > 0,
        }
    }

    /// What is in the store is there once, and is the first outcome of everything: that of the one who is gone, if it was stored.
    async fn assert_once(&self, case: &Case, gone: &Program) {
        let at = gone.steps.last();
        let spent = usize::from(!gone.has_taken("record_rejection Spend, done"));
        let tidied = usize::from(!gone.has_taken("append Tidy, done"));
        for (name, times) in [("Stamped", 1), ("Posted", 1), ("Spent", spent), ("Tidied", tidied)] {
            assert_eq!(self.count(case, name).await, times, "{name} after {at:?}: {:?}", case.lines());
        }
        for answers in [&["spent", "refused"][..], &["stamped"], &["tidied"], &["posted"], &["delivered"]] {
            let lines = case.lines();
            let is = |line: &&String| answers.iter().any(|answer| line.starts_with(answer));
            let different: BTreeSet<_> = lines.iter().filter(is).collect();
            assert_eq!(different.len(), 1, "one answer, and one id, after {at:?}: {lines:?}");
        }
        let id = self.role.consumer();
        let dead = self.store.dead_events(&id, Position::START, 9).await.expect("a read");
        assert!(dead.is_empty(), "nothing failed after {at:?}: {dead:?}");
        if self.role == Role::Saga {
            let steps: BTreeSet<_> =
                case.lines().into_iter().filter(|line| line.starts_with("after")).collect();
            assert_eq!(steps, ["after 2 steps".to_owned()].into(), "no step was lost or repeated at {at:?}");
            let live = self.store.list_sagas(&id.component, None, 9).await.expect("a read");
            assert!(live.is_empty(), "it has ended after {at:?}: {live:?}");
            let timers = self.store.timers(&id.component, None, 9).await.expect("a read");
            assert!(timers.is_empty(), "its timer went with it after {at:?}: {timers:?}");
        }
    }

    /// What was not recorded is repeated, and nothing else.
    fn assert_repeated(case: &Case, gone: &Program, remains: &Remains) {
        let (at, before) = (gone.steps.last(), &remains.lines);
        let had = |line: &str| before.iter().filter(|had| had.starts_with(line)).count();
        for (line, position) in ["begun", "continued", "finished"].into_iter().zip(&case.positions) {
            let again = usize::from(remains.checkpoint < *position);
            assert_eq!(case.count(line), had(line) + again, "{line} after {at:?}: {:?}", case.lines());
        }
        let again = usize::from(!remains.is_posted);
        assert_eq!(case.count("delivered"), had("delivered") + again, "after {at:?}: {:?}", case.lines());
    }
}

/// The steps at which something is received, sent, recorded or saved.
const STEPS: [&str; 15] = [
    "claim",
    "claim, done",
    "read_log, done",
    "record_rejection Spend",
    "record_rejection Spend, done",
    "append Stamp",
    "append Stamp, done",
    "append Tidy",
    "append Tidy, done",
    "append Post",
    "append Post, done",
    "begin",
    "begin, done",
    "commit",
    "commit, done",
];
const STEPS_OF_SAGAS: [&str; 4] =
    ["find_sagas, done", "put_saga, done", "put_timer, done", "delete_saga, done"];

/// Kills a process at each step that one takes which lives.
async fn dies_at_each_step(db: Database, role: Role) {
    let mut place = Place::new(db, role).await;
    let case = place.begin().await;
    let mut whole = place.send_out(&case, None);
    assert!(!whole.stays());
    whole.ends_well();
    place.fill(&case).await;
    let remains = place.remains(&case).await;
    place.go_on().await;
    place.assert_once(&case, &whole).await;
    Place::assert_repeated(&case, &whole, &remains);
    assert_eq!(case.lines(), remains.lines, "nothing is repeated");

    let mut died = BTreeSet::new();
    for step in &whole.steps {
        let case = place.begin().await;
        let mut program = place.send_out(&case, Some(step.clone()));
        // How often something is read differs.
        if !program.stays() {
            program.ends_well();
        } else {
            program.kill();
            died.insert(step.0.clone());
        }
        let remains = place.remains(&case).await;
        place.bury().await;
        place.fill(&case).await;
        place.go_on().await;
        place.assert_once(&case, &program).await;
        Place::assert_repeated(&case, &program, &remains);
    }
    let of_sagas = if role == Role::Saga { &STEPS_OF_SAGAS[..] } else { &[] };
    for step in STEPS.iter().chain(of_sagas) {
        assert!(died.contains(*step), "nobody died at {step}: {died:?}");
    }
    place.close().await;
}

/// Stops a process at each step outside of a transaction, wakes it when another one has done everything, and lets it go on as if
/// nothing had happened. Inside of a transaction, the other one would wait for the locks of the first.
async fn wakes_late_at_each_step(db: Database, role: Role) {
    let mut place = Place::new(db, role).await;
    let of_sagas = if role == Role::Saga { &["find_sagas, done"][..] } else { &[] };
    let outside = STEPS.into_iter().filter(|step| !["begin, done", "commit"].contains(step));
    for step in outside.chain(of_sagas.iter().copied()) {
        let case = place.begin().await;
        let mut program = place.send_out(&case, Some(Step::new(step, 1)));
        assert!(program.stays(), "it comes to {step}: {:?}", program.steps);
        program.stop();
        place.bury().await;
        place.fill(&case).await;
        let stopped_at = program.steps.clone();
        place.go_on().await;
        let checkpoint = place.checkpoint().await;
        assert!(case.positions.iter().all(|position| *position <= checkpoint), "it has taken over");
        program.wake();
        program.steps = stopped_at;
        place.assert_once(&case, &program).await;
        assert!(place.checkpoint().await >= checkpoint, "it was not moved back at {step}");
        for line in ["begun", "continued", "finished", "delivered"] {
            let times = case.count(line);
            assert!((1..=2).contains(&times), "{line} at {step}: {:?}", case.lines());
        }
    }
    place.close().await;
}

#[test]
fn an_errand_is_run_once_when_nothing_happens() {
    run(async {
        if let Some(orders) = orders() {
            // This is the process that another test has sent out.
            return obey(orders).await;
        }
        for role in [Role::Observer, Role::Saga] {
            let mut place = Place::new(Database::sqlite(), role).await;
            let case = place.begin().await;
            place.go_on().await;
            let mut wanted = vec!["begun", "refused", "stamped", "continued", "tidied 0", "finished"];
            wanted.extend((role == Role::Saga).then_some("after 2 steps"));
            wanted.extend(["delivered", "posted"]);
            let lines = case.lines();
            assert_eq!(lines.len(), wanted.len(), "{lines:?}");
            for (line, wanted) in lines.iter().zip(wanted) {
                assert!(line.starts_with(wanted), "{wanted} in {lines:?}");
            }
            place.close().await;
        }
    });
}

#[test]
fn an_observer_may_die_at_each_step_in_a_file() {
    run(dies_at_each_step(Database::sqlite(), Role::Observer));
}

#[test]
fn an_observer_may_die_at_each_step_on_postgres() {
    run(async { dies_at_each_step(Database::postgres().await, Role::Observer).await });
}

#[test]
fn an_observer_may_die_at_each_step_on_mysql() {
    run(async { dies_at_each_step(Database::mysql().await, Role::Observer).await });
}

#[test]
fn a_saga_may_die_at_each_step_in_a_file() {
    run(dies_at_each_step(Database::sqlite(), Role::Saga));
}

#[test]
fn a_saga_may_die_at_each_step_on_postgres() {
    run(async { dies_at_each_step(Database::postgres().await, Role::Saga).await });
}

#[test]
fn a_saga_may_die_at_each_step_on_mysql() {
    run(async { dies_at_each_step(Database::mysql().await, Role::Saga).await });
}

#[test]
fn an_observer_may_wake_late_at_each_step() {
    run(async {
        for db in [Database::postgres().await, Database::mysql().await] {
            wakes_late_at_each_step(db, Role::Observer).await;
        }
    });
}

#[test]
fn a_saga_may_wake_late_at_each_step() {
    run(async {
        for db in [Database::postgres().await, Database::mysql().await] {
            wakes_late_at_each_step(db, Role::Saga).await;
        }
    });
}

//! Several processes around one store: who runs which consumer, and what happens when one comes, leaves, dies or is stopped.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::{
    App, Client, StartError,
    memory::MemoryStore,
    prelude::*,
    store::{NodeId, SharedStore},
};

use crate::{
    databases::Database,
    desk::{Behaviour, DeskBundle, Mode},
    domain::{Accounts, Bank, BankBundle, Outside, Sabotage},
    faulty::Faulty,
    programs::example,
    stores::{PATIENCE, comes, eventually, on_every_store, run},
};

/// Longer than any test takes: whatever happens within it was not waited for.
const LONG: Duration = Duration::from_secs(600);
/// So many consumers has the bank when its projector is bound to contexts: the projector's, the observer's, and the saga's.
const CONTEXTS: usize = 10;

pub async fn bank(store: &SharedStore, contexts: usize, lease: Duration) -> (App, Client<Bank>) {
    let contexts = (0..contexts).map(|number| Context::new(format!("context {number}")));
    let app = BankBundle::builder()
        .shared_store(store.clone())
        .provide(Outside::default())
        .provide(Sabotage::default())
        .contexts::<Accounts>(contexts)
        .lease(lease)
        .start()
        .await
        .expect("it starts");
    let bank = app.invoker();
    (app, bank)
}

/// How many consumers each process has, and nobody.
async fn owners(store: &SharedStore) -> BTreeMap<Option<NodeId>, usize> {
    let mut owners = BTreeMap::new();
    for record in store.consumers().await.expect("a read") {
        *owners.entry(record.owner).or_default() += 1;
    }
    owners
}

/// Waits until so many processes have all consumers among them, and none more than its share.
pub async fn shared_among(store: &SharedStore, processes: usize) {
    let shared = comes(async || {
        let owners = owners(store).await;
        let share = owners.values().sum::<usize>().div_ceil(processes);
        let is_fair = owners.len() == processes && owners.values().all(|owned| *owned <= share);
        is_fair && !owners.contains_key(&None)
    });
    if !shared.await {
        panic!("{processes} processes must share fairly, but: {:?}", owners(store).await);
    }
}

async fn open_everywhere(bank: &Client<Bank>, account: &str) {
    for number in 0..CONTEXTS {
        let bank = bank.in_context(Context::new(format!("context {number}")));
        bank.open(format!("{account} {number}")).await.expect("it opens");
    }
}

#[test]
fn processes_share_consumers_fairly_and_take_over_at_once_what_another_leaves() {
    on_every_store(|store| async move {
        let (first, bank_of_first) = bank(&store, CONTEXTS, LONG).await;
        shared_among(&store, 1).await;
        let (second, _) = bank(&store, CONTEXTS, LONG).await;
        shared_among(&store, 2).await;
        let (third, bank_of_third) = bank(&store, CONTEXTS, LONG).await;
        shared_among(&store, 3).await;
        open_everywhere(&bank_of_first, "a").await;
        first.shutdown().await.expect("it comes to rest");
        shared_among(&store, 2).await;
        second.shutdown().await.expect("it comes to rest");
        shared_among(&store, 1).await;
        open_everywhere(&bank_of_third, "b").await;
        third.wait_for_head(PATIENCE).await.expect("everything is handled");
        for account in ["a", "b"] {
            for number in 0..CONTEXTS {
                let account = format!("{account} {number}");
                let view = bank_of_third.find(account.clone()).await.expect("an answer");
                let view = view.unwrap_or_else(|| panic!("{account} must be there"));
                assert_eq!(view.events, 1, "{account} is projected once");
            }
        }
        third.shutdown().await.expect("it comes to rest");
        assert_eq!(owners(&store).await.keys().collect::<Vec<_>>(), [&None], "nobody has anything");
    });
}

#[test]
fn what_a_process_had_that_died_is_taken_over_when_its_lease_is_over() {
    on_every_store(|store| async move {
        let lease = Duration::from_millis(600);
        let (dying, bank_of_dying) = bank(&store, CONTEXTS, lease).await;
        shared_among(&store, 1).await;
        let (heir, _) = bank(&store, CONTEXTS, lease).await;
        shared_among(&store, 2).await;
        let bank = bank_of_dying.clone();
        drop(dying);
        open_everywhere(&bank, "a").await;
        shared_among(&store, 1).await;
        heir.wait_for_head(PATIENCE).await.expect("the heir handles everything");
        heir.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_consumer_that_looked_taken_and_was_not_is_taken_up_again() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let (app, bank) = bank(&faulty, 1, LONG).await;
        shared_among(&store, 1).await;
        for account in ["a", "b", "c"] {
            faults.says_fenced.store(true, Ordering::Relaxed);
            bank.open(account.into()).await.expect("it opens");
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            assert!(!faults.says_fenced.load(Ordering::Relaxed), "somebody was told so");
        }
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_store_that_takes_nothing_back_does_not_keep_heartbeats_waiting() {
    run(async {
        let store: SharedStore = Arc::new(MemoryStore::new());
        let (faulty, faults) = Faulty::around(&store);
        let lease = Duration::from_secs(4);
        let (first, _) = bank(&faulty, CONTEXTS, lease).await;
        shared_among(&store, 1).await;
        let late = faults.heartbeats.1.load(Ordering::Relaxed);
        faults.hangs_releases.store(true, Ordering::Relaxed);
        // Half of what there is must be given back, and none of it can.
        let (second, _) = bank(&store, CONTEXTS, lease).await;
        eventually("attempts to give back", async || faults.releases.load(Ordering::Relaxed) >= 8).await;
        let heard = faults.heartbeats.0.load(Ordering::Relaxed);
        eventually("more heartbeats", async || faults.heartbeats.0.load(Ordering::Relaxed) > heard).await;
        assert_eq!(faults.heartbeats.1.load(Ordering::Relaxed), late, "each came in time");
        faults.hangs_releases.store(false, Ordering::Relaxed);
        shared_among(&store, 2).await;
        first.shutdown().await.expect("it comes to rest");
        second.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_panic_of_the_store_stops_neither_a_consumer_nor_who_keeps_its_lease() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let (first, bank_of_first) = bank(&faulty, CONTEXTS, LONG).await;
        shared_among(&store, 1).await;
        first.wait_for_head(PATIENCE).await.expect("all are at rest");
        // While it finds out who has taken the consumer that looked taken.
        faults.panics_reading.store(1, Ordering::Relaxed);
        faults.says_fenced.store(true, Ordering::Relaxed);
        open_everywhere(&bank_of_first, "a").await;
        first.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(faults.panics_reading.load(Ordering::Relaxed), 0, "somebody has panicked");
        // While it gives something back.
        faults.panics_releasing.store(1, Ordering::Relaxed);
        let (second, _) = bank(&store, CONTEXTS, LONG).await;
        shared_among(&store, 2).await;
        assert_eq!(faults.panics_releasing.load(Ordering::Relaxed), 0, "somebody has panicked");
        first.shutdown().await.expect("it comes to rest");
        second.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_process_waits_for_what_another_one_runs() {
    on_every_store(|store| async move {
        let (first, bank_of_first) = bank(&store, CONTEXTS, Duration::from_millis(900)).await;
        let (second, _) = bank(&store, CONTEXTS, Duration::from_millis(900)).await;
        shared_among(&store, 2).await;
        open_everywhere(&bank_of_first, "a").await;
        for app in [&first, &second] {
            let head = app.wait_for_head(PATIENCE).await.expect("one of them handles it");
            assert!(head >= Position(CONTEXTS as u64));
        }
        first.shutdown().await.expect("it comes to rest");
        second.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_handler_that_hangs_does_not_cost_its_process_the_lease() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        behaviour.set("projector", Mode::Hang, u32::MAX);
        let app = DeskBundle::builder()
            .shared_store(store.clone())
            .provide(behaviour)
            .handler_time(Duration::from_millis(3_200), Duration::from_millis(3_200))
            .lease(Duration::from_secs(3))
            .start()
            .await
            .expect("it starts");
        let desk: Client<crate::desk::Desk> = app.invoker();
        shared_among(&store, 1).await;
        let claims = async || {
            let records = store.consumers().await.expect("a read");
            records.into_iter().map(|record| (record.consumer, record.epoch)).collect::<BTreeMap<_, _>>()
        };
        let before = claims().await;
        desk.place("a".into(), None).await.expect("it is accepted");
        app.wait_for_head(2 * PATIENCE).await.expect("the event is put aside, and blocks nobody");
        assert_eq!(claims().await, before, "nothing was lost and claimed again");
        let parked: u64 = app.status().await.expect("a status").iter().map(|one| one.parked).sum();
        assert_eq!(parked, 1);
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_lease_that_cannot_be_kept_is_refused() {
    run(async {
        for wrong in [Duration::ZERO, Duration::from_millis(99), Duration::MAX] {
            let started = BankBundle::builder()
                .state_store(MemoryStore::new())
                .provide(Outside::default())
                .provide(Sabotage::default())
                .lease(wrong)
                .start()
                .await;
            match started {
                Err(StartError::Lease { lease }) => assert_eq!(lease, wrong),
                Err(other) => panic!("{other}"),
                Ok(_) => panic!("a lease of {wrong:?} must be refused"),
            }
        }
    });
}

/// A process of the example at work, and what it says.
struct Working(Child, Lines<BufReader<ChildStdout>>);

impl Working {
    /// Begins the work of a seed, which is done once, however many processes do it.
    fn start(db: &Database, seed: usize) -> Self {
        let mut command = example("todo_list");
        command.args([
            "--store",
            db.address(),
            "--work",
            "60",
            "--lease",
            "400",
            "--seed",
            &seed.to_string(),
        ]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the application starts");
        let said = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self(child, said)
    }

    fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill runs").success());
    }

    /// Reads what it says; stops it in the middle of its work, after so many acknowledgements.
    fn stop_after(&mut self, acknowledged: usize) {
        let mut said = self.1.by_ref().map_while(Result::ok).inspect(|line| assert_ne!(line, "done"));
        let seen = said.by_ref().filter(|line| line.starts_with("ack ")).take(acknowledged);
        assert_eq!(seen.count(), acknowledged);
        self.signal("-STOP");
    }

    fn ends_well(mut self) {
        assert_eq!(self.1.by_ref().map_while(Result::ok).last().as_deref(), Some("done"));
        assert!(self.0.wait().expect("its end").success());
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // One that has ended, or that a failed test leaves behind.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn verify(db: &Database) -> Vec<String> {
    let output = example("todo_list").args(["--store", db.address(), "--verify"]).output();
    let output = output.expect("the application runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn a_process_that_was_stopped_beyond_its_lease_changes_nothing_when_it_wakes() {
    for db in [run(Database::postgres()), run(Database::mysql())] {
        for acknowledged in [40, 150] {
            let mut stopped = Working::start(&db, acknowledged);
            stopped.stop_after(acknowledged);
            let claims = || {
                let records = run(async { db.open().await.consumers().await }).expect("a read");
                records.into_iter().map(|record| (record.consumer, record.epoch)).collect::<BTreeMap<_, _>>()
            };
            let before = claims();
            // The other one ends when everybody has passed the events of the work that was left, so it has taken over everything.
            Working::start(&db, acknowledged).ends_well();
            let after = claims();
            for (consumer, epoch) in &before {
                assert!(after[consumer] > *epoch, "{consumer} was taken over");
            }
            stopped.signal("-CONT");
            stopped.ends_well();
        }
        let views = verify(&db);
        assert_eq!(views.len(), 120);
        assert!(views.iter().all(|view| view.contains("REGISTERED")), "every list is registered, once");
        run(async {
            for statement in [
                "delete from evento.consumer where component = 'todo/TodoListProjector'",
                "delete from evento.view_row",
                "delete from evento.view_index",
            ] {
                db.run(statement).await;
            }
        });
        assert_eq!(verify(&db), views, "the views equal a fresh replay");
    }
}

//! Mistakes with who may run a consumer, and with what was claimed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::{prelude::*, store::SharedStore};
use tokio::sync::Semaphore;

use crate::{
    crashes::{Place, Role},
    databases::Database,
    faulty::{Faulty, Step},
    mistakes::pads::{Ear, Heard, desk, ears, jot, leased, listener},
    ownership::{bank, shared_among},
    stores::{PATIENCE, eventually, mysql_with, on_every_store, postgres_with, run},
};

/// Whoever notes first that something is his, and does it then, has it lost when he dies in between.
#[test]
fn a_claim_recorded_before_the_work() {
    run(async {
        for db in Database::all().await {
            let mut place = Place::new(db, Role::Observer).await;
            for (step, begun) in [("claim, done", 0), ("consumer, done", 0), ("ledger_entry, done", 1)] {
                let case = place.begin().await;
                place.dies_at(&case, step, 1);
                assert_eq!(case.count("begun"), begun, "it has no more than begun at {step}");
                place.bury().await;
                place.go_on().await;
                for (line, times) in [("begun", begun + 1), ("continued", 1), ("finished", 1)] {
                    assert_eq!(case.count(line), times, "{line} after {step}: {:?}", case.lines());
                }
            }
            place.close().await;
        }
    });
}

/// Whoever finds that the checkpoint is not where he left it reads it anew and writes all the same: a stale owner moves it back.
#[test]
fn a_stale_owner_that_moves_the_checkpoint_back() {
    on_every_store(|store| async move {
        let (stale, heard) = (Heard::default(), Heard::default());
        let (faulty, faults) = Faulty::around(&store);
        // It finds out by what it does.
        faults.hides_others.store(true, Ordering::Relaxed);
        let (first, _) = ears(&faulty, &Ear::noting(&stale, |_| Ok(()))).await;
        let (others, writer) = desk(&store).await;
        shared_among(&store, 1).await;
        faults.steps.note(Some(Step::new("begin", 1)));
        jot(&writer, "a", "one").await;
        faults.steps.stays().await;
        assert_eq!(stale.all(), ["one"], "it has handled that, and is about to say so");

        for node in store.nodes().await.expect("a read") {
            store.leave(node.node).await.expect("a write");
        }
        let (second, _) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        shared_among(&store, 1).await;
        for text in ["two", "three"] {
            jot(&writer, "a", text).await;
        }
        let head = second.wait_for_head(PATIENCE).await.expect("the new owner handles everything");
        let record = async || store.consumer(&listener()).await.expect("a read").expect("a record");
        eventually("the checkpoint", async || record().await.checkpoint >= head).await;
        let before = record().await;

        let read = || faults.records_read.load(Ordering::Relaxed);
        let had_read = read();
        faults.steps.go_on();
        eventually("a look at who has it", async || read() > had_read).await;
        let after = record().await;
        assert_eq!((after.checkpoint, after.epoch), (before.checkpoint, before.epoch), "it changes nothing");
        first.shutdown().await.expect("it stops");
        jot(&writer, "a", "four").await;
        second.wait_for_head(PATIENCE).await.expect("the new owner goes on");
        assert_eq!(heard.all(), ["one", "two", "three", "four"], "each once, where the other had saved none");
        assert_eq!(stale.all(), ["one"]);
        others.shutdown().await.expect("it stops");
        second.shutdown().await.expect("it stops");
    });
}

/// A lock of a connection outlives whoever had it: nobody runs the consumer, and everybody looks well.
#[test]
fn a_lock_that_outlives_its_owner() {
    run(async {
        for db in Database::all().await {
            let mut place = Place::new(db, Role::Observer).await;
            place.lease = Duration::from_secs(1);
            let case = place.begin().await;
            // In the middle of a transaction, with all its locks; and nobody gives anything back for it.
            place.dies_at(&case, "begin, done", 1);
            place.go_on().await;
            for line in ["begun", "continued", "finished"] {
                assert!(case.count(line) > 0, "{line}: {:?}", case.lines());
            }
            assert_eq!(case.count("begun"), 2, "what the other one had not saved: {:?}", case.lines());
            place.close().await;
        }
    });
}

/// Each consumer keeps a connection for itself.
#[test]
fn one_pinned_connection_for_each_consumer() {
    run(async {
        let stores: [SharedStore; 2] = [
            Arc::new(postgres_with(|options| options.connections(5)).await),
            Arc::new(mysql_with(|options| options.connections(5)).await),
        ];
        for store in stores {
            let (app, bank) = bank(&store, 40, Duration::from_secs(3)).await;
            shared_among(&store, 1).await;
            for _ in 0..2 {
                for number in 0..40 {
                    let bank = bank.in_context(Context::new(format!("context {number}")));
                    let account = format!("account {number}");
                    let _ = bank.open(account.clone()).await;
                    bank.deposit(account, 1).await.expect("it is accepted");
                }
            }
            app.wait_for_head(6 * PATIENCE).await.expect("everything is handled");
            let status = app.status().await.expect("a status");
            assert!(status.len() > 40 && status.iter().all(|one| one.last_error.is_none()), "{status:?}");
            app.shutdown().await.expect("it comes to rest");
        }
    });
}

/// Whoever has lost a consumer goes on with what he was doing, beside the one who has it now.
#[test]
fn async_work_still_running_after_the_lease_was_lost() {
    on_every_store(|store| async move {
        let (heard, gate, dropped) = (Heard::default(), Arc::new(Semaphore::new(0)), Heard::default());
        let (noting, closed, telling) = (heard.clone(), gate.clone(), dropped.clone());
        let slow = Ear::new(move |note| {
            let (noting, closed, abandoned) = (noting.clone(), closed.clone(), Abandoned(telling.clone()));
            async move {
                noting.push(&format!("begun {}", note.text));
                closed.acquire().await.expect("never closed").forget();
                noting.push(&format!("ended late {}", note.text));
                drop(abandoned);
                Ok(())
            }
        });
        let (faulty, faults) = Faulty::around(&store);
        let (first, writer) = leased(&faulty, &slow, Duration::from_secs(2)).await;
        shared_among(&store, 1).await;
        jot(&writer, "a", "one").await;
        eventually("the work", async || heard.count("begun one") == 1).await;
        faults.refuses_heartbeats.store(true, Ordering::Relaxed);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (second, _) = leased(&store, &Ear::noting(&heard, |_| Ok(())), Duration::from_secs(2)).await;
        second.wait_for_head(PATIENCE).await.expect("somebody else does it");
        eventually("the end of the work", async || dropped.count("abandoned") == 1).await;
        gate.add_permits(9);
        jot(&writer, "a", "two").await;
        second.wait_for_head(PATIENCE).await.expect("somebody else does it");
        assert_eq!(heard.all(), ["begun one", "one", "two"]);
        first.shutdown().await.expect("it stops");
        second.shutdown().await.expect("it stops");
    });
}

/// Tells when it is dropped.
struct Abandoned(Heard);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.push("abandoned");
    }
}

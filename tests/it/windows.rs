//! The six windows of the ledger: the moments in which something was done, and whoever did it has not come to remember that. Each test
//! says what is repeated behind a crash, and what is not.
//!
//! | window | repeated | not repeated |
//! |---|---|---|
//! | a handler went on from a rejection | the handler | the decision: the rejection is the answer again |
//! | nothing was decided on a command | the handler | the decision: nothing is the answer again |
//! | a service has acted | its effect, under the same id, until its event is stored | its event |
//! | the entries of the ledger expire | nothing: those which somebody could ask for again are kept | |
//! | a client asks again | a rejection is decided anew | what was accepted |
//! | an observer was paused in between | the handler | everything that it has sent |

use std::time::Duration;

use evento::{Replay, find, message::Timestamp, prelude::*, retention::purge_ledger, store::LedgerOutcome};

use crate::{
    crashes::{Case, Place, Role, request_id},
    databases::Database,
    pages,
    stores::{PATIENCE, on_every_store, run},
};

/// Whatever is old is older than this.
const LATER: Timestamp = Timestamp::from_millis(i64::MAX);

/// Runs a test of a role on every kind of database.
fn on_every_database(role: Role, test: impl AsyncFn(&mut Place)) {
    run(async {
        for db in Database::all().await {
            let mut place = Place::new(db, role).await;
            test(&mut place).await;
            place.close().await;
        }
    });
}

/// Somebody dies at a step of an errand, the world changes, and somebody else goes on. Returns how many of the three events were done
/// and saved before, too.
async fn dies_and_another_goes_on(place: &mut Place, step: &str) -> (Case, usize) {
    let case = place.begin().await;
    place.dies_at(&case, step, 1);
    let checkpoint = place.checkpoint().await;
    let saved = case.positions.iter().filter(|position| **position <= checkpoint).count();
    place.bury().await;
    place.fill(&case).await;
    place.go_on().await;
    (case, saved)
}

#[test]
fn a_handler_that_went_on_from_a_rejection_and_died_is_rejected_again_although_all_is_well_now() {
    for role in [Role::Observer, Role::Saga] {
        on_every_database(role, async |place| {
            // It had the answer, or had not heard it, or it was not stored.
            for (step, spent) in
                [("append Stamp", 0), ("record_rejection Spend, done", 0), ("record_rejection Spend", 1)]
            {
                let (case, _) = dies_and_another_goes_on(place, step).await;
                assert_eq!(place.count(&case, "Spent").await, spent, "{step}: {:?}", case.lines());
                let answers = (case.count("refused"), case.count("spent"));
                let heard = if step == "append Stamp" { 2 } else { 1 };
                assert_eq!(answers, if spent == 0 { (heard, 0) } else { (0, 1) }, "{:?}", case.lines());
                assert_eq!(case.count("begun"), 2, "its handler is repeated: {:?}", case.lines());
            }
        });
    }
}

#[test]
fn a_decision_for_nothing_is_not_made_again_although_there_would_be_something_now() {
    for role in [Role::Observer, Role::Saga] {
        on_every_database(role, async |place| {
            for (step, tidied) in [("append Post", 0), ("append Tidy, done", 0), ("append Tidy", 1)] {
                let (case, saved) = dies_and_another_goes_on(place, step).await;
                // Its handler is repeated unless what came of the event was saved, as it is by a saga.
                let heard = if step == "append Post" && saved < 2 { 2 } else { 1 };
                assert!(role == Role::Observer || step != "append Post" || saved == 2);
                assert_eq!(place.count(&case, "Tidied").await, tidied, "{step}: {:?}", case.lines());
                assert_eq!(case.count(&format!("tidied {tidied}")), heard, "{step}: {:?}", case.lines());
            }
        });
    }
}

#[test]
fn a_service_acts_again_under_the_same_id_until_its_event_is_stored_and_then_never() {
    for role in [Role::Observer, Role::Saga] {
        on_every_database(role, async |place| {
            for (step, deliveries) in [("append Post", 2), ("append Post, done", 1)] {
                let (case, _) = dies_and_another_goes_on(place, step).await;
                let lines = case.lines();
                let delivered: Vec<_> = lines.iter().filter(|line| line.starts_with("delivered")).collect();
                assert_eq!(delivered.len(), deliveries, "{step}: {lines:?}");
                assert!(delivered.iter().all(|line| *line == delivered[0]), "under one id: {lines:?}");
                assert_eq!(place.count(&case, "Posted").await, 1, "it tells of it once: {lines:?}");
            }
        });
    }
}

#[test]
fn an_entry_that_a_consumer_may_ask_for_again_does_not_expire() {
    for role in [Role::Observer, Role::Saga] {
        on_every_database(role, async |place| {
            let case = place.begin().await;
            // Everything of its first event is done, and nothing of it is saved.
            let step = if role == Role::Saga { "put_saga, done" } else { "append Tidy, done" };
            place.dies_at(&case, step, 1);
            let checkpoint = place.checkpoint().await;
            let sent = sent(place).await;
            purge_ledger(&*place.store, LATER, |_| {}).await.expect("a purge");
            for command in &sent {
                assert!(place.store.ledger_entry(*command).await.expect("a read").is_some(), "it is kept");
            }
            place.bury().await;
            place.fill(&case).await;
            place.go_on().await;
            assert_eq!(place.count(&case, "Stamped").await, 1, "{:?}", case.lines());
            assert_eq!(place.count(&case, "Spent").await, 0, "{:?}", case.lines());
            // Nobody can ask any more, as soon as there is something else that everybody has passed.
            assert!(place.checkpoint().await > checkpoint);
            let purged = purge_ledger(&*place.store, LATER, |_| {}).await.expect("a purge");
            assert!(purged.purged >= sent.len() as u64, "{purged:?}");
            for command in &sent {
                assert!(place.store.ledger_entry(*command).await.expect("a read").is_none(), "it expires");
            }
        });
    }
}

/// The commands that were accepted with stamps.
async fn sent(place: &Place) -> Vec<CommandId> {
    let stamped = pages::events(&place.store, "Stamped").await;
    stamped.iter().map(|event| CommandId(event.message.causation_id.0)).collect()
}

#[test]
fn an_entry_that_a_dead_event_may_ask_for_again_does_not_expire() {
    on_every_store(|store| async move {
        let (app, scribe) = pages::start(&store).await;
        let page = pages::page("expired");
        // It has cried when it fails.
        pages::fail(&["observer"], &page, 1, true);
        pages::write(&scribe, &page, [1, 2]).await;
        let others = pages::page("others");
        pages::write(&scribe, &others, 1..=3).await;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let cried = pages::events(&store, "Cried").await;
        let of_page = cried.iter().find(|event| event.message.payload.get().contains(&page));
        let command = CommandId(of_page.expect("it was cried out").message.causation_id.0);
        purge_ledger(&*store, LATER, |_| {}).await.expect("a purge");
        assert!(store.ledger_entry(command).await.expect("a read").is_some(), "its event is put aside");
        pages::cure(&page);
        let replayed = app.dead_events().of("Crier").replay(PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 2 });
        assert_eq!((pages::calls(&page, 1), pages::calls(&page, 2)), (1, 1), "nothing is cried out twice");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        app.shutdown().await.expect("it stops");
        purge_ledger(&*store, LATER, |_| {}).await.expect("a purge");
        assert!(store.ledger_entry(command).await.expect("a read").is_none(), "nobody can ask any more");
    });
}

#[test]
fn a_client_that_asks_again_after_a_crash_gets_what_was_accepted_and_anew_what_was_rejected() {
    on_every_database(Role::Client, async |place| {
        for (step, stamped, delivered) in [
            ("append Stamp", 0, 0),
            ("append Stamp, done", 1, 0),
            ("append Post", 1, 1),
            ("append Post, done", 1, 1),
        ] {
            let case = place.begin().await;
            let mut program = place.send_out(&case, Some(crate::faulty::Step::new(step, 1)));
            assert!(program.stays(), "it comes to {step}");
            program.kill();
            assert_eq!(place.count(&case, "Stamped").await, stamped, "{step}");
            assert_eq!(case.count("delivered"), delivered, "{step}");
            assert_eq!(case.count("refused"), 1, "{step}");
            // It had no answer, so it asks again, as often as it likes.
            place.fill(&case).await;
            let client = place.walker.idempotent(request_id(&case.errand));
            for _ in 0..2 {
                let run = client.run(case.errand.clone(), case.diary.clone(), 1).await;
                run.expect("it is the same request");
            }
            let lines = case.lines();
            for name in ["Stamped", "Posted", "Spent"] {
                assert_eq!(place.count(&case, name).await, 1, "{name} at {step}: {lines:?}");
            }
            assert_eq!(case.count("spent"), 2, "what was rejected is decided anew, and once: {lines:?}");
            let again = usize::from(step == "append Post");
            assert_eq!(case.count("delivered"), 1 + again, "{step}: {lines:?}");

            // Another request under the same id is a mistake, and nothing of it is done.
            let error =
                client.run(case.errand.clone(), case.diary.clone(), 2).await.expect_err("another one");
            let reused = find::<SendError>(&error);
            assert!(matches!(reused, Some(SendError::IdReused { known, .. }) if known == "Stamp"), "{error}");
            assert_eq!(place.count(&case, "Stamped").await, 1);
        }
    });
}

#[test]
fn an_observer_that_was_paused_for_long_in_the_middle_of_an_event_sends_nothing_again() {
    on_every_database(Role::Observer, async |place| {
        let case = place.begin().await;
        place.dies_at(&case, "append Post, done", 1);
        let checkpoint = place.checkpoint().await;
        let id = place.role.consumer();
        assert!(place.store.set_paused(&id, true).await.expect("a write"));
        place.bury().await;
        place.fill(&case).await;
        let (app, _) = place.role.start(&place.store, 3 * PATIENCE).await;
        // Much else happens meanwhile, and what is old is forgotten.
        for _ in 0..5 {
            place.begin().await;
        }
        let sent = sent(place).await;
        purge_ledger(&*place.store, LATER, |_| {}).await.expect("a purge");
        let behind = app.wait_for_head(Duration::from_millis(50)).await;
        assert!(behind.is_err(), "it is paused: {behind:?}");
        assert_eq!(place.checkpoint().await, checkpoint);
        for command in sent {
            let entry = place.store.ledger_entry(command).await.expect("a read").expect("it is kept");
            assert!(matches!(entry.outcome, LedgerOutcome::Accepted { count: 1, .. }), "{entry:?}");
        }
        app.resume("Runner").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for (name, times) in [("Stamped", 1), ("Posted", 1), ("Spent", 0), ("Tidied", 0)] {
            assert_eq!(place.count(&case, name).await, times, "{name}: {:?}", case.lines());
        }
        assert_eq!(case.count("delivered"), 1, "{:?}", case.lines());
        assert_eq!(case.count("finished"), 2, "its handler is repeated: {:?}", case.lines());
        app.shutdown().await.expect("it stops");
    });
}

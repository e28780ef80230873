//! What an operator sees of consumers, and does to them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::{
    App, Client, ControlError, Unready,
    consumer::ConsumerState,
    memory::MemoryStore,
    prelude::*,
    store::{ConsumerId, SharedStore},
};

use crate::{
    audit::until,
    desk::{self, Behaviour, Mode},
    domain::{Accounts, Bank, BankBundle, Outside, Sabotage, start},
    faulty::Faulty,
    ownership::shared_among,
    stores::{PATIENCE, comes, eventually, on_every_store, run},
};

async fn bank(store: &SharedStore) -> (App, Client<Bank>) {
    leased(store, Duration::from_millis(900)).await
}

async fn leased(store: &SharedStore, lease: Duration) -> (App, Client<Bank>) {
    let app = BankBundle::builder()
        .shared_store(store.clone())
        .provide(Outside::default())
        .provide(Sabotage::default())
        .lease(lease)
        .start()
        .await
        .expect("it starts");
    let bank = app.invoker();
    (app, bank)
}

async fn balance(bank: &Client<Bank>, account: &str) -> Option<u64> {
    bank.find(account.into()).await.expect("an answer").map(|view| view.balance)
}

/// Waits until the application is ready, or is not for a reason.
async fn until_health(app: &App, is: impl Fn(&[Unready]) -> bool) {
    let mut last = None;
    let found = comes(async || {
        let health = app.health().await;
        let found = is(&health.reasons);
        last = Some(health);
        found
    });
    if !found.await {
        panic!("it must come to that in time, but it is {last:?}");
    }
}

#[test]
fn a_paused_consumer_stays_where_it_is_over_restarts_until_it_is_resumed() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        running.app.pause("Accounts").await.expect("it is known");
        running.app.pause("Accounts").await.expect("twice is once");
        let paused = until(&running.app, "bank/Accounts", |one| one.state == ConsumerState::Paused).await;
        running.bank.deposit("a".into(), 5).await.expect("it is accepted");
        let behind = until(&running.app, "bank/Accounts", |one| one.lag > 0 && !one.lag_time.is_zero()).await;
        assert_eq!((behind.position, behind.state), (paused.position, ConsumerState::Paused));
        running.app.shutdown().await.expect("everything comes to rest");

        let running = start(&store).await;
        until(&running.app, "bank/Accounts", |one| one.state == ConsumerState::Paused && one.lag > 0).await;
        assert_eq!(balance(&running.bank, "a").await, Some(0), "nothing is handled");
        running.app.resume(&paused.consumer).await.expect("it is known");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(balance(&running.bank, "a").await, Some(5));
        running.app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn a_consumer_is_seen_and_paused_from_a_process_that_does_not_run_it() {
    on_every_store(|store| async move {
        // Nothing may change hands while they are asked in turn.
        let lease = Duration::from_secs(15);
        let (first, bank_of_first) = leased(&store, lease).await;
        let (second, _) = leased(&store, lease).await;
        shared_among(&store, 2).await;
        eventually("two processes that say the same", async || {
            let of_first = first.status().await.expect("a status");
            let of_second = second.status().await.expect("a status");
            of_first.iter().zip(&of_second).all(|(one, other)| {
                one.consumer == other.consumer
                    && one.owner.is_some()
                    && one.owner == other.owner
                    && one.is_owned_here != other.is_owned_here
            })
        })
        .await;
        let runs_here = until(&first, "bank/Accounts", |one| one.owner.is_some()).await.is_owned_here;
        let other = if runs_here { &second } else { &first };
        bank_of_first.open("a".into()).await.expect("it opens");
        other.pause("bank/Accounts").await.expect("it is known");
        for app in [&first, &second] {
            until(app, "bank/Accounts", |one| one.state == ConsumerState::Paused).await;
            assert!(!app.health().await.is_ready());
        }
        other.resume("bank/Accounts v1").await.expect("it is known");
        for app in [&first, &second] {
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            until(app, "bank/Accounts", |one| one.state == ConsumerState::Running && one.lag == 0).await;
            until_health(app, <[_]>::is_empty).await;
        }
        first.shutdown().await.expect("everything comes to rest");
        second.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn a_reset_consumer_handles_again_what_is_behind_its_position() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let opened = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        running.bank.deposit("a".into(), 5).await.expect("it is accepted");
        let head = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let again = async |to: Position| {
            running.app.reset("Accounts", to).await.expect("it is known");
            let id = ConsumerId { component: "bank/Accounts".into(), version: 1, context: "*".into() };
            let record = async || store.consumer(&id).await.expect("a read").expect("a record");
            eventually("everything is handled again", async || record().await.checkpoint >= head).await;
            balance(&running.bank, "a").await
        };
        assert_eq!(again(Position::START).await, Some(5), "a row that is put as a whole is right again");
        assert_eq!(again(opened).await, Some(10), "what is added up is added again");
        let status = until(&running.app, "bank/Accounts", |one| one.state == ConsumerState::Running).await;
        assert_eq!((status.position, &status.last_error), (head, &None), "no log went back");
        match running.app.reset("Accounts", Position(head.0 + 1)).await {
            Err(ControlError::NotThere { position, head: end }) => {
                assert_eq!((position.0, end), (head.0 + 1, head))
            }
            other => panic!("{other:?}"),
        }
        running.app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn a_consumer_that_was_put_back_is_not_where_it_was_for_anybody() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        // Long enough for those who are not heard of to keep what they have.
        let (app, bank) = leased(&faulty, 3 * PATIENCE).await;
        bank.open("a".into()).await.expect("it opens");
        let head = app.wait_for_head(PATIENCE).await.expect("everything is handled");
        // Its owner does not find out.
        faults.refuses_heartbeats.store(true, Ordering::Relaxed);
        let id = ConsumerId { component: "bank/Accounts".into(), version: 1, context: "*".into() };
        app.reset(&id, Position::START).await.expect("it is known");
        let status = app.status().await.expect("a status");
        let one = status.iter().find(|one| one.consumer == id).expect("the consumer");
        assert_eq!((one.position, one.lag, one.state), (Position::START, head.0, ConsumerState::CatchingUp));
        let behind = app.wait_for_head(Duration::from_millis(50)).await;
        assert!(behind.is_err(), "{behind:?}");
        faults.refuses_heartbeats.store(false, Ordering::Relaxed);
        app.wait_for_head(PATIENCE).await.expect("everything is handled again");
        let record = store.consumer(&id).await.expect("a read").expect("a record");
        // The checkpoint is behind the last event that concerns it, which is not the last one of the log.
        assert!(record.checkpoint > Position::START, "what it handled again is saved");
        assert_eq!(record.resets, 1);
        app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn a_consumer_passes_an_event_that_is_skipped() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        let (app, desk) = desk::start(&store, &behaviour).await;
        desk.place("before".into(), None).await.expect("it is accepted");
        let before = app.wait_for_head(PATIENCE).await.expect("everything is handled");
        behaviour.set("observer", Mode::FailTransiently, u32::MAX);
        let receipt = desk.place("bad".into(), None).await.expect("it is accepted");
        let bad = receipt.position().expect("an event");
        let failing = until(&app, "desk/Watcher", |one| one.state == ConsumerState::Failing).await;
        assert!(failing.last_error.as_deref().is_some_and(|error| error.contains("later")));
        until_health(&app, |reasons| {
            reasons.iter().any(|reason| {
                matches!(reason, Unready::Consumer { state: ConsumerState::Failing, last_error: Some(_), .. })
            })
        })
        .await;
        for (position, passed) in [(before, true), (Position(1_000), false)] {
            match app.skip("Watcher", position, "no").await {
                Err(ControlError::AlreadyPassed { checkpoint, .. }) => {
                    assert!(passed && checkpoint == before)
                }
                Err(ControlError::NotThere { .. }) => assert!(!passed),
                other => panic!("{other:?}"),
            }
        }
        app.skip("Watcher", bad, "it will never succeed").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("it is passed");
        let cured = until(&app, "desk/Watcher", |one| one.state == ConsumerState::Running).await;
        assert_eq!((&cured.last_error, cured.parked), (&None, 0));
        behaviour.set("observer", Mode::Well, 0);
        let calls = behaviour.calls();
        desk.place("after".into(), None).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert!(behaviour.calls() > calls, "later events are handled");
        let skips = store.skips(&cured.consumer, Position::START).await.expect("a read");
        assert_eq!(skips.iter().map(|skip| &*skip.reason).collect::<Vec<_>>(), ["it will never succeed"]);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_consumer_that_nobody_knows_is_told() {
    run(async {
        let app = BankBundle::builder()
            .state_store(MemoryStore::new())
            .provide(Outside::default())
            .provide(Sabotage::default())
            .contexts::<Accounts>([Context::new("north"), Context::new("south")])
            .start()
            .await
            .expect("it starts");
        match app.pause("Acounts").await {
            Err(ControlError::Unknown { name, known }) => assert_eq!((&*name, known.len()), ("Acounts", 4)),
            other => panic!("{other:?}"),
        }
        match app.resume("Accounts").await {
            Err(ControlError::Ambiguous { meant, .. }) => assert_eq!(meant.len(), 2),
            other => panic!("{other:?}"),
        }
        app.pause("bank/Accounts v1 in north").await.expect("one of them");
        app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn an_application_is_ready_only_when_it_does_its_work() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (app, bank) = bank(&faulty).await;
        until_health(&app, <[_]>::is_empty).await;
        bank.open("a".into()).await.expect("it opens");
        until_health(&app, |reasons| {
            reasons.iter().any(|reason| matches!(reason, Unready::NoOwner { lag: 1.., .. }))
        })
        .await;
        faults.refuses_claims.store(false, Ordering::Relaxed);
        app.wait_for_head(PATIENCE).await.expect("somebody runs it");
        until_health(&app, <[_]>::is_empty).await;

        faults.is_unreachable.store(true, Ordering::Relaxed);
        let health = app.health().await;
        assert!(matches!(&health.reasons[..], [Unready::Store { .. }]), "{health}");
        assert!(!health.is_ready() && health.to_string().contains("as it was told"), "{health}");
        faults.is_unreachable.store(false, Ordering::Relaxed);
        until_health(&app, <[_]>::is_empty).await;

        app.pause("Bonus").await.expect("it is known");
        until_health(&app, |reasons| {
            matches!(reasons, [Unready::Consumer { state: ConsumerState::Paused, .. }])
        })
        .await;
        app.resume("Bonus").await.expect("it is known");
        until_health(&app, <[_]>::is_empty).await;
        app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn an_outage_longer_than_the_lease_costs_nothing_but_time() {
    run(async {
        let store: SharedStore = Arc::new(MemoryStore::new());
        let (faulty, faults) = Faulty::around(&store);
        let (app, bank) = bank(&faulty).await;
        bank.open("a".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        faults.is_unreachable.store(true, Ordering::Relaxed);
        // Others see that it is not heard of.
        eventually("the end of its lease", async || {
            store.consumers().await.expect("a read").iter().all(|record| record.owner.is_none())
        })
        .await;
        faults.is_unreachable.store(false, Ordering::Relaxed);
        bank.deposit("a".into(), 7).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(balance(&bank, "a").await, Some(7));
        until_health(&app, <[_]>::is_empty).await;
        app.shutdown().await.expect("everything comes to rest");
    });
}

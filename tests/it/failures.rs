//! Failures of handlers of every role: what is tried again, what is put aside, and what must not be.

use std::{sync::Arc, time::Duration};

use evento::{
    StartError,
    consumer::ConsumerState,
    prelude::*,
    store::{ConsumerId, SharedStore},
};

use crate::{
    desk::{Behaviour, Delivery, Desk, DeskBundle, Mode, Rows, SAGAS, start},
    stores::{PATIENCE, eventually, on_every_store, run},
};

fn consumer(component: &'static str, version: u32) -> ConsumerId {
    ConsumerId { component: component.into(), version, context: "*".into() }
}

async fn parked(store: &SharedStore, consumer: &ConsumerId) -> Vec<(u64, Option<String>, u32)> {
    let dead = store.dead_events(consumer, Position::START, 100).await.expect("a read");
    dead.into_iter().map(|dead| (dead.position.0, dead.error, dead.attempts)).collect()
}

#[test]
fn handlers_that_fail_panic_or_hang_for_good_are_put_aside_after_their_attempts() {
    on_every_store(|store| async move {
        for (number, (mode, attempts, text)) in
            [(Mode::Fail, 3, "no"), (Mode::Panic, 1, "as it was told"), (Mode::Hang, 3, "longer than it may")]
                .into_iter()
                .enumerate()
        {
            let behaviour = Behaviour::default();
            behaviour.set("observer", mode, u32::MAX);
            behaviour.set("projector", mode, u32::MAX);
            let (app, desk) = start(&store, &behaviour).await;
            desk.place(format!("order {number}"), None).await.expect("it is accepted");
            app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
            for id in [consumer("desk/Watcher", 0), consumer("desk/Rows", 1)] {
                let dead = parked(&store, &id).await;
                assert_eq!(dead.len(), number + 1, "{id}: {dead:?}");
                let (_, error, tried) = dead.last().expect("one more");
                assert!(error.as_ref().is_some_and(|error| error.contains(text)), "{id}: {error:?}");
                assert_eq!(*tried, attempts, "{id} after {mode:?}");
            }
            app.shutdown().await.expect("it stops");
        }
    });
}

#[test]
fn a_failure_that_may_pass_is_not_put_aside() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        // More often than the handler's own attempts.
        behaviour.set("observer", Mode::FailTransiently, 6);
        let (app, desk) = start(&store, &behaviour).await;
        desk.place("a".into(), None).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("it passes");
        assert!(parked(&store, &consumer("desk/Watcher", 0)).await.is_empty());
        let status = app.status().await.expect("a status");
        assert!(status.iter().all(|one| one.last_error.is_none()), "it is cured: {status:?}");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn sagas_are_tried_again_put_aside_with_what_follows_and_started_by_what_names_them() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        *SAGAS.lock().expect("not poisoned") = Some(behaviour.clone());
        let id = consumer("desk/Delivery", 0);
        let (app, desk) = start(&store, &behaviour).await;
        // An event without a value concerns no saga.
        desk.place("nameless".into(), None).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert!(store.list_sagas("desk/Delivery", None, 10).await.expect("a read").is_empty());

        // Two attempts fail, the third is the first that counts.
        desk.place("a".into(), Some(1)).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        behaviour.set("go on a", Mode::Fail, 2);
        desk.pay("a".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let live = store.find_sagas("desk/Delivery", "order", "a").await.expect("a read");
        assert_eq!(live[0].state.get(), r#"{"order":"a","reference":1,"payments":1}"#);
        assert!(parked(&store, &id).await.is_empty());

        // One that fails for good is put aside, and so is what follows for the same saga.
        behaviour.set("go on a", Mode::Panic, 1);
        desk.pay("a".into()).await.expect("it is accepted");
        desk.pay("a".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(parked(&store, &id).await.len(), 2);

        // A start that fails for good keeps its place: a later start of the same saga waits behind it.
        behaviour.set("start b", Mode::Panic, 1);
        desk.place("b".into(), Some(2)).await.expect("it is accepted");
        desk.place("c".into(), Some(2)).await.expect("it is accepted");
        desk.place("d".into(), Some(3)).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(parked(&store, &id).await.len(), 4);
        assert!(store.find_sagas("desk/Delivery", "reference", "2").await.expect("a read").is_empty());
        assert_eq!(store.find_sagas("desk/Delivery", "reference", "3").await.expect("a read").len(), 1);
        app.shutdown().await.expect("it stops");
        *SAGAS.lock().expect("not poisoned") = None;
    });
}

#[test]
fn sagas_of_different_contexts_are_different_sagas() {
    on_every_store(|store| async move {
        let contexts = [Context::new("north"), Context::new("south")];
        let app = DeskBundle::builder()
            .shared_store(store.clone())
            .provide(Behaviour::default())
            .contexts::<Delivery>(contexts.clone())
            .start()
            .await
            .expect("it starts");
        let desk = app.invoker::<Desk>();
        for (number, context) in contexts.iter().enumerate() {
            let desk = desk.in_context(context.clone());
            desk.place(number.to_string(), Some(7)).await.expect("it is accepted");
        }
        app.wait_for_head(PATIENCE).await.expect("at rest");
        for saga in ["desk/Delivery in north", "desk/Delivery in south"] {
            assert_eq!(store.find_sagas(saga, "reference", "7").await.expect("a read").len(), 1, "{saga}");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_fails_in_one_process_is_gone_on_with_by_another() {
    on_every_store(|store| async move {
        let (broken, well) = (Behaviour::default(), Behaviour::default());
        broken.set("observer", Mode::FailTransiently, u32::MAX);
        let (old, desk) = start(&store, &broken).await;
        desk.place("a".into(), None).await.expect("it is accepted");
        // It fails, and goes on failing, until somebody else comes.
        eventually("the failure", async || {
            let status = old.status().await.expect("a status");
            status.iter().any(|one| one.state == ConsumerState::Failing)
        })
        .await;
        let (new, desk) = start(&store, &well).await;
        old.shutdown().await.expect("whatever fails is interrupted");
        new.wait_for_head(PATIENCE).await.expect("the new one handles it");
        assert!(parked(&store, &consumer("desk/Watcher", 0)).await.is_empty(), "a shutdown parks nothing");
        desk.place("b".into(), None).await.expect("it is accepted");
        new.wait_for_head(PATIENCE).await.expect("the new one goes on");
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_service_that_panics_stores_nothing_and_goes_on() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        behaviour.set("service", Mode::Panic, 1);
        let (app, desk) = start(&store, &behaviour).await;
        let error = desk.ship("a".into()).await.expect_err("it panics");
        assert!(
            matches!(&error, SendError::Panicked { handler, .. } if handler == "Carrier::ship"),
            "{error}"
        );
        assert_eq!(store.head().await.expect("a head"), Position::START);
        desk.ship("a".into()).await.expect("the next one succeeds");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn one_id_at_the_same_time_is_one_call_of_the_service() {
    on_every_store(|store| async move {
        let behaviour = Behaviour::default();
        let (app, desk) = start(&store, &behaviour).await;
        let desk = desk.idempotent(CommandId::from_key("once"));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let desk = desk.clone();
            tasks.spawn(async move { desk.ship("a".into()).await });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("all get the one outcome");
        }
        assert_eq!(behaviour.calls(), 1, "the service was called once");
        assert_eq!(store.head().await.expect("a head"), Position(1));
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_repeated_command_is_recognised_whatever_the_order_of_its_maps() {
    on_every_store(|store| async move {
        for round in 0..5 {
            // Each application is a new process as far as the order of a `HashMap` is concerned.
            let (app, desk) = start(&store, &Behaviour::default()).await;
            let desk = desk.idempotent(CommandId::from_key("place"));
            let receipt = desk.place("a".into(), None).await.expect("it is the same command");
            assert_eq!(receipt.is_repeated(), round > 0);
            app.shutdown().await.expect("it stops");
        }
    });
}

#[test]
fn a_key_names_a_command_whatever_the_order_of_sending() {
    on_every_store(|store| async move {
        let (app, desk) = start(&store, &Behaviour::default()).await;
        let desk = desk.idempotent(CommandId::from_key("both"));
        let first = desk.ship_by_key(vec!["a".into(), "b".into()]).await.expect("both are new");
        let second = desk.ship_by_key(vec!["b".into(), "a".into()]).await.expect("both are known");
        assert_eq!(first[0].command_id(), second[1].command_id());
        assert_eq!(first[1].command_id(), second[0].command_id());
        assert!(second.iter().all(Receipt::is_repeated));
        assert_eq!(store.head().await.expect("a head"), Position(2));
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn no_time_is_too_long_to_wait() {
    run(async {
        let store: SharedStore = Arc::new(evento::memory::MemoryStore::new());
        let (app, desk) = start(&store, &Behaviour::default()).await;
        desk.within(Duration::MAX).place("a".into(), None).await.expect("it is accepted");
        app.wait_for_head(Duration::MAX).await.expect("at rest");
        app.shutdown_within(Duration::MAX).await.expect("it stops");
    });
}

#[test]
fn a_star_is_no_context() {
    run(async {
        for name in ["", "*"] {
            let started = DeskBundle::builder()
                .state_store(evento::memory::MemoryStore::new())
                .provide(Behaviour::default())
                .contexts::<Rows>([Context::new(name)])
                .start()
                .await;
            assert!(matches!(started, Err(StartError::NoContext { component: "Rows" })));
        }
    });
}

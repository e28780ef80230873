//! Sagas and their deadlines, put aside and replayed or discarded.

use std::time::Duration;

use evento::{App, Discard, Replay, consumer::ReplayCause};

use crate::{
    checkout,
    dead_events::{at_rest, parked, replay},
    pages::{cure, fail, lines, page, start, write},
    stores::{PATIENCE, on_every_store},
};

#[test]
fn a_saga_that_begins_in_a_replay_is_overtaken_by_nothing() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&["saga"], &a, 1, true);
        let written = write(&scribe, &a, 1..=3).await;
        at_rest(&app).await;
        fail(&["saga"], &a, 1, false);
        fail(&["saga"], &a, 2, true);
        let Replay::Failed { replayed: 1, .. } = replay(&app, "saga").await else {
            panic!("the second fails")
        };
        // The saga lives by now, and what names it waits all the same.
        assert_eq!(lines("saga", &store, &scribe, &a).await, [1]);
        let fourth = write(&scribe, &a, [4]).await;
        at_rest(&app).await;
        assert_eq!(lines("saga", &store, &scribe, &a).await, [1], "nothing overtakes the second line");
        let waiting: Vec<_> =
            parked(&app, "saga", &a).await.into_iter().map(|(position, ..)| position).collect();
        assert_eq!(waiting, [written[1], written[2], fourth[0]]);
        cure(&a);
        assert_eq!(replay(&app, "saga").await, Replay::Done { replayed: 3 });
        assert_eq!(lines("saga", &store, &scribe, &a).await, [1, 2, 3, 4]);
        write(&scribe, &a, [5]).await;
        at_rest(&app).await;
        assert_eq!(lines("saga", &store, &scribe, &a).await, [1, 2, 3, 4, 5]);
        app.shutdown().await.expect("it stops");
    });
}

/// The saga's dead deadline, once it is there.
async fn dead_deadline(app: &App, clock: &evento::clock::ManualClock) -> evento::ParkedEvent {
    clock.advance(Duration::from_secs(60));
    let listed = async || app.dead_events().of("Checkout").list(None, 9).await.expect("a list");
    checkout::until("the dead deadline", async || !listed().await.is_empty()).await;
    listed().await.remove(0)
}

#[test]
fn a_deadline_that_was_put_aside_is_handled_when_its_key_is_replayed() {
    on_every_store(|store| async move {
        let (clock, order) = (checkout::clock(), page("order"));
        let (app, shop) = checkout::start(&store, &clock).await;
        checkout::fail(&order, true);
        shop.order(order.clone(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        let dead = dead_deadline(&app, &clock).await;
        assert_eq!(dead.deadline.as_deref(), Some("PaymentTimeout"));
        let message = dead.message.as_ref().expect("a deadline");
        assert_eq!((&*message.name, message.at.as_millis()), ("PaymentTimeout", 1_060_000));
        assert!(message.payload.get().contains(&order));
        shop.extend(order.clone(), 3_600).await.expect("it is accepted");
        at_rest(&app).await;

        let of = || app.dead_events().of("Checkout").key(dead.id.key.clone());
        let Replay::Failed { replayed: 0, failures } = of().replay(PATIENCE).await.expect("asked for") else {
            panic!("it fails again")
        };
        assert_eq!(failures[0].error, "deadline `PaymentTimeout`: as it was told");
        let again = of().list(None, 9).await.expect("a list");
        assert_eq!((again.len(), again[0].attempts), (2, dead.attempts + 1));
        checkout::fail(&order, false);
        // The saga ends with its deadline, so what came behind it concerns nobody.
        let replayed = of().replay(PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 2 });
        assert_eq!(checkout::count(&store, "Rejected", &order).await, 1, "it has acted once");
        assert!(store.find_sagas("checkout/Checkout", "order", &order).await.expect("a read").is_empty());
        assert!(store.timers("checkout/Checkout", None, 9).await.expect("a read").is_empty());
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_that_is_discarded_takes_its_timer_along() {
    on_every_store(|store| async move {
        let (clock, order) = (checkout::clock(), page("order"));
        let (app, shop) = checkout::start(&store, &clock).await;
        checkout::fail(&order, true);
        shop.order(order.clone(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        let dead = dead_deadline(&app, &clock).await;
        let of = app.dead_events().of("Checkout");
        let done = of.discard(dead.id.position, "the customer called", PATIENCE).await.expect("asked for");
        assert_eq!(done, Discard::Done);
        assert!(store.timers("checkout/Checkout", None, 9).await.expect("a read").is_empty());
        checkout::fail(&order, false);
        clock.advance(Duration::from_secs(3_600));
        shop.pay(order.clone()).await.expect("it is accepted");
        at_rest(&app).await;
        assert_eq!(checkout::count(&store, "Rejected", &order).await, 0, "it never comes");
        assert!(
            store.find_sagas("checkout/Checkout", "order", &order).await.expect("a read").is_empty(),
            "its key is open"
        );
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_waits_for_a_saga_that_ends_in_a_replay_begins_another_one() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&["saga"], &a, 2, true);
        write(&scribe, &a, 1..=2).await;
        scribe.close(a.clone()).await.expect("it is accepted");
        let later = write(&scribe, &a, 3..=4).await;
        at_rest(&app).await;
        let key = app.dead_events().of("Reading").list(None, 9).await.expect("a list").remove(0).id.key;
        cure(&a);
        fail(&["saga"], &a, 4, true);
        // The key is that of a saga which has ended by then.
        let of = app.dead_events().of("Reading").key(&key);
        let Replay::Failed { replayed: 2, failures } = of.replay(PATIENCE).await.expect("asked for") else {
            panic!("the others are moved")
        };
        assert_eq!((failures[0].position, failures[0].cause), (later[0], ReplayCause::Moved));
        assert!(lines("saga", &store, &scribe, &a).await.is_empty(), "the first saga has ended");
        let fifth = write(&scribe, &a, [5]).await;
        at_rest(&app).await;
        let waiting: Vec<_> =
            parked(&app, "saga", &a).await.into_iter().map(|(position, ..)| position).collect();
        assert_eq!(waiting, [later[0], later[1], fifth[0]], "nothing is lost, and nothing overtakes");
        let Replay::Failed { replayed: 1, failures } = replay(&app, "saga").await else {
            panic!("line 4 fails")
        };
        assert_eq!((failures[0].position, failures[0].cause), (later[1], ReplayCause::Handler));
        cure(&a);
        assert_eq!(replay(&app, "saga").await, Replay::Done { replayed: 2 });
        assert_eq!(lines("saga", &store, &scribe, &a).await, [3, 4, 5], "of another saga");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_saga_that_ends_and_its_successor_are_replayed_at_once() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&["saga"], &a, 2, true);
        write(&scribe, &a, 1..=2).await;
        scribe.close(a.clone()).await.expect("it is accepted");
        write(&scribe, &a, 3..=4).await;
        at_rest(&app).await;
        cure(&a);
        assert_eq!(replay(&app, "saga").await, Replay::Done { replayed: 4 });
        write(&scribe, &a, [5]).await;
        at_rest(&app).await;
        assert_eq!(lines("saga", &store, &scribe, &a).await, [3, 4, 5]);
        app.shutdown().await.expect("it stops");
    });
}

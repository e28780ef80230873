//! Sagas and their deadlines, put aside and replayed or discarded.

use std::time::Duration;

use evento::{App, Discard, Replay};

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

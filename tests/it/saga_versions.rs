//! Versions of a saga's code: who goes on with what an older one has left, and who does not.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::{
    StartError,
    clock::ManualClock,
    consumer::{ConsumerStatus, LiveVersion, VersionError},
    prelude::*,
    store::{ConsumerId, SharedStore},
};

use tokio::sync::Semaphore;

use crate::{
    checkout::{
        self, CheckoutBundle, Loyalty, Paid, PaymentTimeout, Rejected, Shop, Till, clock, count, rejected,
        until,
    },
    faulty::Faulty,
    stores::{PATIENCE, on_every_store},
};

const SAGA: &str = "checkout/Checkout";

fn id() -> ConsumerId {
    ConsumerId { component: SAGA.into(), version: 0, context: "*".into() }
}

/// The second version: found by something else, too, with a new field, and without some handlers.
pub mod second {
    use super::*;
    use crate::checkout::{Called, Ordered, Reject};

    #[saga_state]
    pub struct Checkout {
        #[association]
        pub order: String,
        pub customer: u64,
        #[association]
        pub calls: u32,
        #[serde(default)]
        pub notes: Vec<String>,
    }

    #[saga(version = 2, adopts = 1)]
    impl Checkout {
        #[saga_event_handler(association = "order")]
        async fn ordered(event: &Ordered) -> Self {
            Self { order: event.order.clone(), customer: event.customer, calls: 0, notes: Vec::new() }
        }

        /// By the number of calls so far: an association that the first version did not have.
        #[saga_event_handler(association(calls = event.customer.map(|customer| customer as u32)))]
        async fn called(&mut self, _event: &Called) {
            self.notes.push("found".to_owned());
        }

        #[saga_event_handler(association = "order")]
        async fn paid(&mut self, _event: &Paid) {
            self.notes.push("paid".to_owned());
        }

        #[saga_deadline_handler]
        async fn timed_out(self, deadline: PaymentTimeout, commands: &Commands<Reject>) -> Result<()> {
            commands.send(Reject { order: deadline.order.clone() }).await?;
            Ok(())
        }
    }

    bundle! { pub Bundle { id: "checkout", version: 2, components: [Till, Checkout, Loyalty, Shop] } }
}

/// One that adopts nobody.
pub mod lonely {
    use super::*;
    use crate::checkout::Ordered;

    #[saga_state]
    pub struct Checkout {
        #[association]
        pub order: String,
    }

    #[saga(version = 3)]
    impl Checkout {
        #[saga_event_handler(association = "order")]
        async fn ordered(event: &Ordered) -> Self {
            Self { order: event.order.clone() }
        }
    }

    bundle! { pub Bundle { id: "checkout", version: 3, components: [Till, Checkout, Loyalty, Shop] } }
}

/// One that cannot read what others wrote, and knows no deadline.
pub mod other_shape {
    use super::*;
    use crate::checkout::Ordered;

    #[saga_state]
    pub struct Checkout {
        #[association]
        pub order: String,
        pub basket: u64,
    }

    #[saga(version = 4, adopts = 1)]
    impl Checkout {
        #[saga_event_handler(association = "order")]
        async fn ordered(event: &Ordered) -> Self {
            Self { order: event.order.clone(), basket: 1 }
        }

        #[saga_event_handler(association = "order")]
        async fn paid(&mut self, _event: &Paid) {
            self.basket += 1;
        }

        #[saga_event_handler(association = "order")]
        async fn rejected(self, _event: &Rejected) {}
    }

    bundle! { pub Bundle { id: "checkout", version: 4, components: [Till, Checkout, Loyalty, Shop] } }
}

/// A first version with one live saga for each of these orders, at rest and gone.
async fn first(store: &SharedStore, clock: &ManualClock, orders: &[&str]) {
    let (app, shop) = checkout::start(store, clock).await;
    for order in orders {
        shop.order((*order).into(), 1).await.expect("it is accepted");
    }
    app.wait_for_head(PATIENCE).await.expect("at rest");
    app.shutdown().await.expect("it stops");
}

#[test]
fn live_sagas_are_adopted_with_their_deadlines_by_a_version_that_says_so() {
    on_every_store(|store| async move {
        let clock = clock();
        first(&store, &clock, &["a", "b"]).await;
        let checkpoint = store.consumer(&id()).await.expect("a read").expect("a record").checkpoint;
        let app = second::Bundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let app = app.expect("it adopts them");
        let shop: evento::Client<Shop> = app.invoker();
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let record = store.consumer(&id()).await.expect("a read").expect("a record");
        assert!(record.checkpoint >= checkpoint, "the place in the log is inherited");
        assert_eq!(record.code_version, 2);
        // The version that found them before would have missed the new association.
        shop.call(Some(0)).await.expect("it is accepted");
        shop.pay("a".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let state = async |order: &str| {
            let found = store.find_sagas(SAGA, "order", order).await.expect("a read");
            (found[0].code_version, found[0].state.get().to_owned())
        };
        let expected = r#"{"order":"a","customer":1,"calls":0,"notes":["found","paid"]}"#;
        assert_eq!(state("a").await, (2, expected.to_owned()));
        assert_eq!(state("b").await.0, 2, "also one that nothing has happened to but the adoption");
        assert_eq!(count(&store, "Ordered", "").await, 2, "and nobody was started again");
        clock.advance(Duration::from_secs(60));
        rejected(&store, "a").await;
        rejected(&store, "b").await;
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_process_that_stops_while_it_adopts_delivers_nothing_to_those_that_are_left() {
    on_every_store(|store| async move {
        let clock = clock();
        // More than are adopted at once.
        let orders: Vec<String> = (0..105).map(|order| format!("order {order}")).collect();
        first(&store, &clock, &orders.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (faulty, faults) = Faulty::around(&store);
        let gate = Arc::new(Semaphore::new(0));
        *faults.lists_sagas.lock().expect("not poisoned") = Some(gate.clone());
        let app = second::Bundle::builder().shared_store(faulty).clock(clock.clone()).start().await;
        let app = app.expect("it adopts them");
        until("the first page", async || faults.saga_lists.load(Ordering::Relaxed) > 0).await;
        // Found by the association that only adopted ones have.
        app.invoker::<Shop>().call(Some(0)).await.expect("it is accepted");
        let (ended, ()) = tokio::join!(app.shutdown(), async { gate.add_permits(1) });
        ended.expect("it stops");
        assert_eq!(faults.saga_lists.load(Ordering::Relaxed), 1, "it has not come to the second page");
        let app = second::Bundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let app = app.expect("it goes on");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let sagas = store.list_sagas(SAGA, None, 200).await.expect("a read");
        assert_eq!(sagas.len(), orders.len());
        for saga in &sagas {
            assert_eq!(saga.code_version, 2, "{saga:?}");
            assert!(saga.state.get().contains(r#""notes":["found"]"#), "the event was lost on {saga:?}");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_version_that_does_not_adopt_live_sagas_is_refused_with_the_remedy() {
    on_every_store(|store| async move {
        let clock = clock();
        first(&store, &clock, &["a", "b"]).await;
        let refused = lonely::Bundle::builder().shared_store(store.clone()).start().await;
        let Err(StartError::Version(error)) = refused else { panic!("two sagas would be forgotten") };
        let text = error.to_string();
        assert!(text.contains("2 of version 1"), "{text}");
        assert!(text.contains("#[saga(version = 3, adopts = 1)]"), "{text}");
        let VersionError::NotAdopted { saga, running, live } = error else { panic!("{text}") };
        assert_eq!((saga.as_str(), running), (SAGA, 3));
        assert_eq!(live, [LiveVersion { version: 1, live: 2 }]);
        // Nothing has changed hands: the first version goes on, and ends them.
        let (app, _shop) = checkout::start(&store, &clock).await;
        clock.advance(Duration::from_secs(60));
        rejected(&store, "a").await;
        rejected(&store, "b").await;
        until("the end of both", async || store.list_sagas(SAGA, None, 9).await.expect("a read").is_empty())
            .await;
        app.shutdown().await.expect("it stops");
        let app = lonely::Bundle::builder().shared_store(store.clone()).start().await;
        app.expect("nobody is left").shutdown().await.expect("it stops");
    });
}

#[test]
fn a_state_that_no_longer_decodes_is_put_aside_with_a_clear_error() {
    on_every_store(|store| async move {
        let clock = clock();
        first(&store, &clock, &["old"]).await;
        let app =
            other_shape::Bundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let app = app.expect("it says that it adopts them");
        let shop: evento::Client<Shop> = app.invoker();
        shop.pay("old".into()).await.expect("it is accepted");
        shop.pay("old".into()).await.expect("it is accepted");
        shop.order("new".into(), 1).await.expect("it is accepted");
        shop.pay("new".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        let dead = store.dead_events(&id(), Position::START, 9).await.expect("a read");
        assert_eq!(dead.len(), 2, "{dead:?}");
        let error = dead[0].error.as_deref().expect("the reason");
        assert_eq!(dead[0].attempts, 1, "another attempt would be in vain");
        assert!(error.contains("saved by version 1 of its code") && error.contains("basket"), "{error}");
        assert!(error.contains("#[serde(default)]"), "{error}");
        assert_eq!(dead[1].error, None, "what follows waits behind it");
        let new = store.find_sagas(SAGA, "order", "new").await.expect("a read");
        assert_eq!(new[0].state.get(), r#"{"order":"new","basket":2}"#);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_that_disappeared_from_the_code_is_put_aside_and_named() {
    on_every_store(|store| async move {
        let clock = clock();
        first(&store, &clock, &["old"]).await;
        let app =
            other_shape::Bundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let app = app.expect("it starts");
        clock.advance(Duration::from_secs(60));
        let dead = async || store.dead_events(&id(), Position::START, 9).await.expect("a read");
        until("the dead event", async || !dead().await.is_empty()).await;
        let dead = dead().await;
        assert_eq!(dead[0].timer.as_deref(), Some("PaymentTimeout"));
        let error = dead[0].error.as_deref().expect("the reason");
        assert!(
            error.contains("no handler of saga `Checkout` takes the deadline `PaymentTimeout`"),
            "{error}"
        );
        assert_eq!(store.timers(SAGA, None, 9).await.expect("a read").len(), 1, "it is not lost");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_older_program_does_not_take_over_from_a_newer_one() {
    on_every_store(|store| async move {
        let clock = clock();
        let (old, shop) = checkout::start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("at rest");
        // Both versions at once, as during a deployment: the newer one takes the consumer from the older one, which lives.
        let new = second::Bundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let new = new.expect("it adopts them");
        new.invoker::<Shop>().pay("a".into()).await.expect("it is accepted");
        new.wait_for_head(PATIENCE).await.expect("at rest");
        until("the loss", async || {
            let (old, new) = (old.status().await.expect("a status"), new.status().await.expect("a status"));
            let here = |one: &ConsumerStatus| one.consumer == id() && one.is_owned_here;
            new.iter().any(here) && !old.iter().any(here)
        })
        .await;
        drop(old);
        new.shutdown().await.expect("it stops");

        let refused = CheckoutBundle::builder().shared_store(store.clone()).start().await;
        let Err(StartError::Version(VersionError::Newer { consumer, found, running })) = refused else {
            panic!("an older program must be refused")
        };
        assert_eq!((consumer, found, running), (id(), 2, 1));
        let record = store.consumer(&id()).await.expect("a read").expect("a record");
        assert_eq!(record.code_version, 2, "nothing has changed hands");
    });
}

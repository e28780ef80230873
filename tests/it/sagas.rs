//! Sagas: start, go on, end, and what is listed of them.

use std::time::Duration;

use evento::{
    prelude::*,
    store::{ConsumerId, SharedStore},
};

use crate::{
    checkout::{self, Checkout, Loyalty},
    domain::start,
    stores::{PATIENCE, on_every_store},
};

pub const SAGA: &str = "checkout/Checkout";

/// The states of all live checkouts, in the order of their orders.
pub async fn states(store: &SharedStore) -> Vec<String> {
    let live = store.list_sagas(SAGA, None, 100).await.expect("a read");
    let mut states: Vec<_> = live.iter().map(|saga| saga.state.get().to_owned()).collect();
    states.sort_unstable();
    states
}

pub fn state(order: &str, customer: u64, calls: u32) -> String {
    format!(r#"{{"order":"{order}","customer":{customer},"calls":{calls},"reminders":0}}"#)
}

#[test]
fn a_saga_starts_goes_on_and_ends_with_its_account() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        for account in ["a", "b"] {
            running.bank.open(account.into()).await.expect("it opens");
        }
        for _ in 0..3 {
            running.bank.deposit("a".into(), 1).await.expect("it is accepted");
        }
        running.bank.deposit("b".into(), 1).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!(view.balance, 1_003, "the third deposit brought the bonus, once");
        let live = store.list_sagas("bank/Bonus", None, 10).await.expect("a read");
        assert_eq!(live.len(), 2);
        let found = store.find_sagas("bank/Bonus", "account", "a").await.expect("a read");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].state.get(), r#"{"account":"a","deposits":4}"#);

        running.bank.withdraw("b".into(), 1).await.expect("it is accepted");
        running.bank.close("b".into()).await.expect("it closes");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(store.list_sagas("bank/Bonus", None, 10).await.expect("a read").len(), 1);
        let lines = running.outside.lines();
        assert!(lines.iter().any(|line| line.starts_with("begin b goodbye after 1")), "{lines:?}");
    });
}

#[test]
fn a_saga_goes_on_after_a_restart() {
    on_every_store(|store| async move {
        for round in 0..3 {
            let running = start(&store).await;
            if round == 0 {
                running.bank.open("a".into()).await.expect("it opens");
            }
            running.bank.deposit("a".into(), 1).await.expect("it is accepted");
            running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
            if round == 2 {
                let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
                assert_eq!(view.balance, 1_003);
            }
            running.app.shutdown().await.expect("everything comes to rest");
        }
    });
}

#[test]
fn an_event_for_a_saga_that_does_not_exist_is_counted_and_listed_where_it_is_strict() {
    on_every_store(|store| async move {
        let clock = checkout::clock();
        let (app, shop) = checkout::start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        shop.order("a".into(), 1).await.expect("it is accepted");
        let nobody = shop.pay("unknown".into()).await.expect("it is accepted").events()[0].position;
        shop.call(Some(99)).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let counted = async |name: &str| {
            let status = app.status().await.expect("a status");
            let found = status.iter().find(|one| one.consumer.component == name).expect("the consumer");
            (found.unmatched, found.begun_already)
        };
        assert_eq!(counted(SAGA).await, (2, 1));
        assert_eq!(counted("checkout/Loyalty").await, (1, 1));
        let listed = app.sagas::<Checkout>().unmatched_events(Position::START, 9).await.expect("a page");
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert_eq!((listed[0].position, &*listed[0].event), (nobody, "Paid"));
        assert_eq!((&*listed[0].association, &*listed[0].value), ("order", "unknown"));
        assert_eq!(
            (&*listed[1].event, &*listed[1].association, &*listed[1].value),
            ("Called", "customer", "99")
        );
        assert_eq!(listed[0].at.as_millis(), 1_000_000);
        let page = app.sagas::<Checkout>().unmatched_events(nobody, 1).await.expect("a page");
        assert_eq!(page, listed[1..]);
        let none = app.sagas::<Loyalty>().unmatched_events(Position::START, 9).await.expect("a page");
        assert!(none.is_empty(), "one that is not strict is only counted");
        assert!(app.sagas::<Checkout>().dismiss(nobody).await.expect("a write"));
        assert!(!app.sagas::<Checkout>().dismiss(nobody).await.expect("a write"), "it is gone");
        app.shutdown().await.expect("it stops");
        // The list outlives the process.
        let (app, _shop) = checkout::start(&store, &clock).await;
        let left = app.sagas::<Checkout>().unmatched_events(Position::START, 9).await.expect("a page");
        assert_eq!(left, listed[1..]);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn live_sagas_are_listed_with_age_state_and_last_event() {
    on_every_store(|store| async move {
        let clock = checkout::clock();
        let (app, shop) = checkout::start(&store, &clock).await;
        for order in 0..5 {
            shop.order(format!("order {order}"), order).await.expect("it is accepted");
        }
        let called = shop.call(Some(3)).await.expect("it is accepted").events()[0].position;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        clock.advance(Duration::from_secs(30));
        let (sagas, mut listed, mut after) = (app.sagas::<Checkout>(), Vec::new(), None);
        loop {
            let page = sagas.list(after.as_ref(), 2).await.expect("a page");
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            listed.extend(page);
        }
        assert_eq!(listed.len(), 5, "each once");
        assert!(listed.is_sorted_by_key(|saga| saga.key.id));
        let third = listed.iter().find(|saga| saga.state.get() == state("order 3", 3, 1)).expect("the third");
        assert_eq!((third.key.saga.as_str(), third.version, third.last_event), (SAGA, 1, called));
        assert_eq!((third.started_at.as_millis(), third.age), (1_000_000, Duration::from_secs(30)));
        let expected = [("order", "order 3"), ("customer", "3")].map(|(f, v)| (f.to_owned(), v.to_owned()));
        assert_eq!(third.associations, expected);
        let json = evento::serde_json::to_value(third).expect("data for a console");
        assert_eq!(json["state"]["customer"], 3, "{json}");
        assert_eq!(json["saga"], SAGA, "{json}");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_saga_that_a_store_cannot_keep_is_put_aside_and_does_not_stop_the_others() {
    on_every_store(|store| async move {
        let (app, shop) = checkout::start(&store, &checkout::clock()).await;
        // PostgreSQL has no room for the first, and no index takes the second there and in MySQL.
        let long = (1_u64..400).map(|number| format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let odd = ["a\0b".to_owned(), long.collect()];
        for order in &odd {
            shop.order(order.clone(), 1).await.expect("it is accepted");
            shop.extend(order.clone(), 60).await.expect("it is accepted");
        }
        shop.order("plain".into(), 2).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        assert_eq!(store.find_sagas(SAGA, "order", "plain").await.expect("a read").len(), 1);
        let live = store.list_sagas(SAGA, None, 9).await.expect("a read").len();
        let id = ConsumerId { component: SAGA.into(), version: 0, context: "*".into() };
        let dead = store.dead_events(&id, Position::START, 9).await.expect("a read");
        let failed: Vec<_> = dead.iter().filter_map(|dead| dead.error.as_deref()).collect();
        assert_eq!(live + failed.len(), 3, "each lives or is put aside: {dead:?}");
        assert!(failed.iter().all(|error| error.contains("cannot be saved")), "{failed:?}");
        assert_eq!(dead.len(), 2 * failed.len(), "what follows waits behind its saga: {dead:?}");
        app.shutdown().await.expect("it stops");
    });
}

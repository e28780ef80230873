//! Timers of sagas.

use std::{borrow::Cow, sync::Arc};

use uuid::Uuid;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Context, DeadlineMessage, MessageId, Metadata, Position, Timestamp},
    store::{Claim, SagaId, SharedStore, TimerRecord},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) fn timer(id: u128, key: &str, due: i64) -> TimerRecord {
    TimerRecord {
        saga: Cow::Borrowed("OrderSaga"),
        saga_id: saga_id(id),
        key: key.to_owned(),
        message: DeadlineMessage {
            id: MessageId(Uuid::from_u128(77)),
            name: Cow::Borrowed("PaymentTimeout"),
            correlation_id: MessageId(Uuid::from_u128(78)),
            causation_id: MessageId(Uuid::from_u128(79)),
            due: Timestamp::from_millis(due),
            metadata: Metadata::new().with("user", "é\0"),
            context: Context::new("north"),
            payload: json(format!("{{\"due\":{due}}}")),
        },
    }
}

async fn put(store: &SharedStore, claim: &Claim, timers: Vec<TimerRecord>) {
    let mut transaction = ok(store.begin(claim).await, "beginning");
    for timer in timers {
        ok(transaction.put_timer(timer).await, "saving a timer");
    }
    ok(transaction.commit(Position(1).into()).await, "committing");
}

/// The timers as id, key and time, read in pages of two.
async fn all(store: &SharedStore, saga: &str) -> Vec<(u128, String, i64)> {
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = ok(store.timers(saga, after.as_ref(), 2).await, "reading timers");
        assert!(page.len() <= 2, "a page must not be larger than its limit");
        let Some(last) = page.last() else { return listed };
        after = Some(last.place());
        listed.extend(
            page.into_iter()
                .map(|timer| (timer.saga_id.0.as_u128(), timer.key.clone(), timer.message.due.as_millis())),
        );
    }
}

fn listed(timers: &[(u128, &str, i64)]) -> Vec<(u128, String, i64)> {
    timers.iter().map(|(id, key, due)| (*id, (*key).to_owned(), *due)).collect()
}

pub(super) async fn timers_are_read_in_the_order_in_which_they_are_due(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    let mut other = timer(1, "other", 2);
    other.saga = Cow::Borrowed("OtherSaga");
    let late = timer(1, "é", 9_000_000_000_000);
    put(
        &store,
        &claim,
        vec![
            late.clone(),
            timer(2, "b", 5),
            timer(2, "a", 5),
            timer(1, "z", 5),
            timer(3, "early", -7),
            other,
        ],
    )
    .await;
    let expected = [(3, "early", -7), (1, "z", 5), (2, "a", 5), (2, "b", 5), (1, "é", 9_000_000_000_000)];
    assert_eq!(all(&store, "OrderSaga").await, listed(&expected));
    assert_eq!(all(&store, "OtherSaga").await, listed(&[(1, "other", 2)]), "each name its own");
    assert_eq!(all(&store, "Order").await, listed(&[]), "by the whole name");
    let of = ok(store.timers_of("OrderSaga", saga_id(1)).await, "reading the timers of a saga");
    let keys: Vec<_> = of.iter().map(|timer| timer.key.as_str()).collect();
    assert_eq!(keys, ["z", "é"]);
    let (read, written) = (&of[1].message, &late.message);
    assert_eq!(
        (read.id, read.correlation_id, read.causation_id, read.due),
        (written.id, written.correlation_id, written.causation_id, written.due)
    );
    assert_eq!(
        (&read.name, &read.metadata, &read.context),
        (&written.name, &written.metadata, &written.context)
    );
    assert_eq!(read.payload.get(), written.payload.get());
    assert_eq!((&of[1].saga, of[1].saga_id), (&late.saga, late.saga_id));
}

pub(super) async fn a_timer_replaces_the_one_of_its_key(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![timer(1, "a", 5), timer(1, "b", 6), timer(2, "a", 7)]).await;
    put(&store, &claim, vec![timer(1, "a", 50)]).await;
    let expected = [(1, "b", 6), (2, "a", 7), (1, "a", 50)];
    assert_eq!(all(&store, "OrderSaga").await, listed(&expected), "it is not due at its earlier time");
    let longest = "k".repeat(TimerRecord::KEY_LIMIT);
    put(&store, &claim, vec![timer(1, &longest, 60)]).await;
    assert_eq!(all(&store, "OrderSaga").await.len(), 4, "the longest key is a key");
}

pub(super) async fn a_timer_is_deleted(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![timer(1, "a", 5), timer(1, "b", 6), timer(2, "a", 7)]).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.delete_timer("OrderSaga", saga_id(1), "a").await, "deleting a timer");
    ok(transaction.delete_timer("OrderSaga", saga_id(1), "unknown").await, "deleting one that is not there");
    ok(transaction.delete_timer("OtherSaga", saga_id(1), "b").await, "deleting another's");
    // What is put after it was deleted, stays.
    ok(transaction.delete_timer("OrderSaga", saga_id(2), "a").await, "deleting a timer");
    ok(transaction.put_timer(timer(2, "a", 8)).await, "saving it again");
    ok(transaction.commit(Position(2).into()).await, "committing");
    assert_eq!(all(&store, "OrderSaga").await, listed(&[(1, "b", 6), (2, "a", 8)]));
}

pub(super) async fn a_saga_that_ends_leaves_no_timer(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    let mut other = timer(1, "other", 2);
    other.saga = Cow::Borrowed("OtherSaga");
    put(&store, &claim, vec![timer(1, "a", 5), timer(1, "b", 6), timer(2, "a", 7), other]).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_saga(saga(saga_id(1), "7")).await, "saving a saga");
    ok(transaction.commit(Position(2).into()).await, "committing");
    assert_eq!(all(&store, "OrderSaga").await.len(), 3, "a saga that goes on keeps its timers");
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_timer(timer(1, "just now", 8)).await, "saving a timer");
    assert!(ok(transaction.delete_saga("OrderSaga", saga_id(1)).await, "ending a saga"), "it was there");
    ok(transaction.commit(Position(3).into()).await, "committing");
    assert_eq!(all(&store, "OrderSaga").await, listed(&[(2, "a", 7)]));
    assert_eq!(all(&store, "OtherSaga").await.len(), 1, "that of another name stays");
}

pub(super) async fn timers_move_with_the_checkpoint(factory: Factory) {
    let store = factory.open().await;
    let id = consumer("OrderSaga");
    let stale = claimed(&store, &id).await;
    put(&store, &stale, vec![timer(1, "a", 5)]).await;
    let mut dropped = ok(store.begin(&stale).await, "beginning");
    ok(dropped.delete_timer("OrderSaga", saga_id(1), "a").await, "deleting a timer");
    drop(dropped);
    let claim = some(ok(store.claim(&id, 1, node()).await, "claiming"), "the consumer");
    let mut fenced = ok(store.begin(&stale).await, "beginning");
    ok(fenced.delete_timer("OrderSaga", saga_id(1), "a").await, "deleting a timer");
    ok(fenced.put_timer(timer(1, "b", 6)).await, "saving a timer");
    is_fenced(&fenced.commit(Position(2).into()).await);
    assert_eq!(all(&store, "OrderSaga").await, listed(&[(1, "a", 5)]), "nothing of it is left");
    let mut firing = ok(store.begin(&claim).await, "beginning");
    ok(firing.delete_timer("OrderSaga", saga_id(1), "a").await, "deleting a timer");
    ok(firing.commit(Position(1).into()).await, "committing where the checkpoint is already");
    assert_eq!(all(&store, "OrderSaga").await, listed(&[]));
}

pub(super) async fn timers_survive_a_restart(factory: Factory) {
    if !factory.is_durable() {
        return;
    }
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![timer(1, "a", 5)]).await;
    store.close().await;
    drop(store);
    let store = factory.open().await;
    assert_eq!(all(&store, "OrderSaga").await, listed(&[(1, "a", 5)]));
    let of =
        ok(store.timers_of("OrderSaga", SagaId(Uuid::from_u128(1))).await, "reading the timers of a saga");
    assert_eq!(of.len(), 1);
}

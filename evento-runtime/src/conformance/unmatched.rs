//! Unmatched events of strict sagas.

use std::{borrow::Cow, sync::Arc};

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{SharedStore, UnmatchedEvent},
};

fn unmatched(position: u64) -> UnmatchedEvent {
    UnmatchedEvent {
        saga: Cow::Borrowed("OrderSaga"),
        position: Position(position),
        event: Cow::Borrowed("OrderPaid"),
        association: Cow::Borrowed("order_id"),
        value: "é%_'".repeat(1_000),
        at: Timestamp::from_millis(88),
    }
}

async fn list(store: &SharedStore, after: u64, limit: usize) -> Vec<UnmatchedEvent> {
    ok(store.unmatched_events("OrderSaga", Position(after), limit).await, "listing unmatched events")
}

pub(super) async fn unmatched_events_are_listed_and_dismissed(factory: Arc<dyn StoreFactory>) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    let mut dropped = ok(store.begin(&claim).await, "beginning");
    ok(dropped.put_unmatched(unmatched(1)).await, "noting an event");
    drop(dropped);
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    for position in [7, 2, 9] {
        ok(transaction.put_unmatched(unmatched(position)).await, "noting an event");
    }
    ok(transaction.put_unmatched(unmatched(2)).await, "noting it again, as after a crash");
    let other = UnmatchedEvent { saga: Cow::Borrowed("OtherSaga"), ..unmatched(2) };
    ok(transaction.put_unmatched(other).await, "noting that of another saga");
    ok(transaction.commit(Position(9).into()).await, "committing");

    let all = [unmatched(2), unmatched(7), unmatched(9)];
    assert_eq!(list(&store, 0, 100).await, all, "in the order of their positions, once each");
    assert_eq!(list(&store, 2, 100).await, all[1..]);
    assert_eq!(list(&store, 0, 2).await, all[..2]);
    assert!(list(&store, 9, 2).await.is_empty());

    let dismiss = async |position| {
        ok(store.dismiss_unmatched("OrderSaga", Position(position)).await, "dismissing an unmatched event")
    };
    assert!(dismiss(7).await, "it was there");
    assert!(!dismiss(7).await, "it is not there any more");
    assert!(!dismiss(8).await, "it never was");
    assert_eq!(list(&store, 0, 100).await, [unmatched(2), unmatched(9)]);
    let others = ok(store.unmatched_events("OtherSaga", Position::START, 9).await, "listing");
    assert_eq!(others.len(), 1, "that of another saga stays");
}

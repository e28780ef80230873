//! Dead events.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::DeadEvent,
};

pub(super) async fn dead_events_are_listed(factory: Arc<dyn StoreFactory>) {
    let store = factory.open().await;
    let (owner, other) = (consumer("Observer"), consumer("Observer2"));
    let dead = |position, error: Option<&str>| DeadEvent {
        consumer: owner.clone(),
        position: Position(position),
        timer: (position == 3).then(|| "Überfällig".to_owned()),
        key: "Order `é`".to_owned(),
        error: error.map(str::to_owned),
        attempts: u32::from(error.is_some()) * 5,
        at: Timestamp::from_millis(77),
    };
    let all = [dead(2, Some("boom")), dead(3, None), dead(10, None)];
    let claim = claimed(&store, &owner).await;
    let other_claim = claimed(&store, &other).await;

    let mut dropped = ok(store.begin(&claim).await, "beginning");
    ok(dropped.park(dead(1, None)).await, "parking");
    drop(dropped);
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    for event in all.iter().rev() {
        ok(transaction.park(event.clone()).await, "parking");
    }
    ok(transaction.commit(Position(10).into()).await, "committing");
    let mut transaction = ok(store.begin(&other_claim).await, "beginning");
    ok(transaction.park(DeadEvent { consumer: other.clone(), ..dead(5, None) }).await, "parking");
    ok(transaction.commit(Position(10).into()).await, "committing");

    let mut transaction = ok(store.begin(&claim).await, "beginning");
    let second = DeadEvent { key: "Order `z`".to_owned(), ..dead(10, Some("for another key")) };
    ok(transaction.park(second.clone()).await, "parking the same event for another key");
    ok(transaction.commit(Position(10).into()).await, "committing");
    let mut all = all.to_vec();
    all.push(second);
    all.sort_by(|one, other| (one.position, &one.key).cmp(&(other.position, &other.key)));

    let list = async |after, limit| ok(store.dead_events(&owner, Position(after), limit).await, "listing");
    assert_eq!(list(0, 100).await, all, "in the order of their positions and keys, each consumer its own");
    assert_eq!(list(2, 100).await, all[1..]);
    assert_eq!(list(0, 2).await, all[..2]);
    assert!(list(10, 100).await.is_empty());
}

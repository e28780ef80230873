//! Dead events.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{Claim, ConsumerId, DeadEvent, DeadEventPlace, SharedStore},
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
        first_at: Timestamp::from_millis(33),
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

fn waiting(consumer: &ConsumerId, position: u64, key: &str) -> DeadEvent {
    DeadEvent {
        consumer: consumer.clone(),
        position: Position(position),
        timer: None,
        key: key.to_owned(),
        error: None,
        attempts: 0,
        first_at: Timestamp::from_millis(10),
        at: Timestamp::from_millis(10),
    }
}

async fn park(store: &SharedStore, claim: &Claim, events: &[DeadEvent]) {
    let mut transaction = ok(store.begin(claim).await, "beginning");
    for event in events {
        ok(transaction.park(event.clone()).await, "parking");
    }
    ok(transaction.commit(Position(20).into()).await, "committing");
}

fn place(position: u64, key: &str) -> DeadEventPlace {
    DeadEventPlace { position: Position(position), key: key.to_owned() }
}

pub(super) async fn dead_events_are_found_by_key_and_behind_a_place(factory: Arc<dyn StoreFactory>) {
    let store = factory.open().await;
    let (owner, other) = (consumer("Observer"), consumer("Observer2"));
    let claim = claimed(&store, &owner).await;
    let other_claim = claimed(&store, &other).await;
    let all = [(2, "a"), (2, "é"), (3, "a"), (5, "b"), (9, "a")];
    let dead: Vec<_> = all.iter().map(|(position, key)| waiting(&owner, *position, key)).collect();
    park(&store, &claim, &dead).await;
    park(&store, &other_claim, &[waiting(&other, 4, "a")]).await;
    let find = async |key: Option<&str>, after: Option<DeadEventPlace>, limit| {
        let found = store.find_dead_events(&owner, key, after.as_ref(), limit).await;
        ok(found, "finding dead events").into_iter().map(|one| (one.position.0, one.key)).collect::<Vec<_>>()
    };
    let expected = |wanted: &[(u64, &str)]| {
        wanted.iter().map(|(position, key)| (*position, (*key).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(find(None, None, 9).await, expected(&all));
    assert_eq!(find(None, Some(place(2, "a")), 9).await, expected(&all[1..]), "behind the key, too");
    assert_eq!(find(None, Some(place(2, "é")), 2).await, expected(&all[2..4]), "up to the limit");
    assert_eq!(find(None, Some(place(4, "")), 9).await, expected(&all[3..]), "a place need not be there");
    assert_eq!(find(Some("a"), None, 9).await, expected(&[(2, "a"), (3, "a"), (9, "a")]));
    assert_eq!(find(Some("a"), Some(place(2, "a")), 1).await, expected(&[(3, "a")]));
    assert_eq!(find(Some("A"), None, 9).await, expected(&[]), "by the whole key as it is");
    let whole = ok(store.find_dead_events(&owner, Some("b"), None, 9).await, "finding one");
    assert_eq!(whole, dead[3..4]);
}

pub(super) async fn what_is_put_aside_again_keeps_its_first_time(factory: Arc<dyn StoreFactory>) {
    let store = factory.open().await;
    let owner = consumer("Observer");
    let claim = claimed(&store, &owner).await;
    let is = async |expected: DeadEvent| {
        let found = ok(store.dead_events(&owner, Position::START, 9).await, "listing");
        assert_eq!(found, [expected]);
    };
    let first = waiting(&owner, 2, "a");
    let failed = |attempts, at| DeadEvent {
        error: Some(format!("no {attempts}")),
        attempts,
        first_at: Timestamp::from_millis(at),
        at: Timestamp::from_millis(at),
        ..first.clone()
    };
    park(&store, &claim, std::slice::from_ref(&first)).await;
    park(&store, &claim, &[failed(3, 30)]).await;
    is(DeadEvent { first_at: first.first_at, ..failed(3, 30) }).await;
    park(&store, &claim, &[failed(4, 40)]).await;
    is(DeadEvent { first_at: first.first_at, ..failed(4, 40) }).await;
    park(&store, &claim, &[DeadEvent { at: Timestamp::from_millis(50), ..first.clone() }]).await;
    is(DeadEvent { first_at: first.first_at, ..failed(4, 40) }).await;
    // The timer of a deadline is kept elsewhere; an event that waits is kept here only.
    park(&store, &claim, &[DeadEvent { timer: Some("due".to_owned()), ..failed(5, 60) }]).await;
    park(&store, &claim, &[DeadEvent { at: Timestamp::from_millis(70), ..first.clone() }]).await;
    is(DeadEvent { at: Timestamp::from_millis(70), ..first.clone() }).await;
}

pub(super) async fn dead_events_are_taken_off_the_list_with_their_transaction(
    factory: Arc<dyn StoreFactory>,
) {
    let store = factory.open().await;
    let (owner, other) = (consumer("Observer"), consumer("Observer2"));
    let stale = claimed(&store, &owner).await;
    let other_claim = claimed(&store, &other).await;
    let all = [(2, "a"), (3, "a"), (3, "b")].map(|(position, key)| waiting(&owner, position, key));
    park(&store, &stale, &all).await;
    park(&store, &other_claim, &[waiting(&other, 3, "b")]).await;
    let left = async |consumer: &ConsumerId| {
        let found = ok(store.dead_events(consumer, Position::START, 9).await, "listing");
        found.into_iter().map(|one| (one.position.0, one.key)).collect::<Vec<_>>()
    };
    let mut dropped = ok(store.begin(&stale).await, "beginning");
    assert!(ok(dropped.unpark(&place(3, "b")).await, "unparking"), "it was the only one of its key");
    drop(dropped);
    let claim = some(ok(store.claim(&owner, 1, node()).await, "claiming"), "a claim");
    let mut fenced = ok(store.begin(&stale).await, "beginning");
    ok(fenced.unpark(&place(2, "a")).await, "unparking");
    is_fenced(&fenced.commit(Position(20).into()).await);
    assert_eq!(left(&owner).await.len(), 3, "nothing is gone");

    let mut transaction = ok(store.begin(&claim).await, "beginning");
    assert!(!ok(transaction.unpark(&place(2, "a")).await, "unparking"), "another one of its key is left");
    ok(transaction.commit(Position(20).into()).await, "committing");
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    assert!(ok(transaction.unpark(&place(3, "a")).await, "unparking"), "the last one of its key");
    assert!(ok(transaction.unpark(&place(3, "b")).await, "unparking"), "another key in one transaction");
    ok(transaction.commit(Position(20).into()).await, "committing");
    assert!(left(&owner).await.is_empty());
    assert_eq!(left(&other).await, [(3, "b".to_owned())], "that of another consumer stays");
}

//! Opening again, and closing.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{AppendError, DeadEvent, Expected, Snapshot, StoreError},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn everything_survives_a_restart(factory: Factory) {
    if !factory.is_durable() {
        return;
    }
    let store = factory.open().await;
    let (view, id) = (view("orders"), consumer("Projector"));
    fill(&store, &stream("a"), 3).await;
    let command = whole_log(&store).await[0].message.causation_id;
    let snapshot = Snapshot { version: 3, hash: 1, state: json("[3]") };
    ok(store.save_snapshot(&stream("a"), snapshot).await, "saving a snapshot");
    let claim = claimed(&store, &id).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_view_row(&view, row("1", "a")).await, "writing a row");
    ok(transaction.put_saga(saga(saga_id(1), "7")).await, "writing a saga");
    let dead = DeadEvent {
        consumer: id.clone(),
        position: Position(1),
        timer: None,
        key: "k".to_owned(),
        error: None,
        attempts: 0,
        first_at: Timestamp::from_millis(33),
        at: Timestamp::from_millis(1),
    };
    ok(transaction.park(dead).await, "parking");
    ok(transaction.commit(Position(3).into()).await, "committing");
    store.close().await;
    drop(store);

    let store = factory.open().await;
    assert_eq!(whole_log(&store).await.len(), 3, "events must survive");
    assert_eq!(*store.watch_head().borrow(), Position(3), "the head that is watched begins at the head");
    let entry = ok(store.ledger_entry(crate::message::CommandId(command.0)).await, "reading the ledger");
    assert!(entry.is_some(), "the ledger must survive");
    let snapshot = ok(store.load_snapshot(&stream("a")).await, "loading a snapshot");
    assert!(snapshot.is_some(), "snapshots must survive");
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "a consumer of before");
    assert_eq!(
        (record.checkpoint, record.epoch, record.token),
        (Position(3), claim.epoch, claim.token),
        "checkpoint and claim must survive"
    );
    assert!(ok(store.view_row(&view, "1").await, "reading a row").is_some(), "views must survive");
    let sagas = ok(store.find_sagas("OrderSaga", "order_id", "7").await, "finding sagas");
    assert_eq!(sagas.len(), 1, "sagas must survive");
    let dead = ok(store.dead_events(&id, Position::START, 9).await, "listing dead events");
    assert_eq!(dead.len(), 1, "dead events must survive");
    let next = append(&stream("a"), Expected::Version(3), &["B"]);
    assert_eq!(ok(store.append(next, far()).await, "appending").first, Position(4), "the log goes on");
}

pub(super) async fn a_closed_store_is_unavailable(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 1).await;
    let claim = claimed(&store, &consumer("Projector")).await;
    store.close().await;
    let refused = store.append(append(&stream("a"), Expected::Any, &["B"]), far()).await;
    assert!(
        matches!(refused, Err(AppendError::Store(StoreError::Unavailable { .. }))),
        "a closed store must be unavailable for appends, not {refused:?}"
    );
    let head = store.head().await;
    assert!(matches!(head, Err(StoreError::Unavailable { .. })), "and for reads, not {head:?}");
    let begun = store.begin(&claim).await.map(drop);
    assert!(matches!(begun, Err(StoreError::Unavailable { .. })), "and for transactions, not {begun:?}");
    // Closing twice is no error.
    store.close().await;
}

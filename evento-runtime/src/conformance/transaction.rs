//! The transactions of consumers.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::{
    message::Position,
    store::{Page, ViewMatch},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn own_writes_are_seen(factory: Factory) {
    let store = factory.open().await;
    let (view, claim) = (view("orders"), claimed(&store, &consumer("Projector")).await);
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_view_row(&view, row("1", "a")).await, "writing a row");
    ok(transaction.put_view_row(&view, row("2", "b")).await, "writing a row");
    let seen = ok(transaction.view_row(&view, "1").await, "reading inside");
    assert!(seen.is_some(), "a transaction must see what it wrote");
    assert!(ok(transaction.delete_view_row(&view, "2").await, "deleting"), "it must delete what it wrote");
    let rows = ok(transaction.find_view_rows(&view, &ViewMatch::All, Page::default()).await, "searching");
    assert_eq!(ids(&rows), ["1"], "it must find what it wrote, and not what it deleted");
    let outside = ok(store.view_row(&view, "1").await, "reading outside");
    assert!(outside.is_none(), "nobody else must see it before the commit");
    ok(transaction.commit(Position(1).into()).await, "committing");
    assert!(ok(store.view_row(&view, "1").await, "reading outside").is_some(), "everybody sees it after");
}

pub(super) async fn a_dropped_transaction_changes_nothing(factory: Factory) {
    let store = factory.open().await;
    let (view, id) = (view("orders"), consumer("Projector"));
    let claim = claimed(&store, &id).await;
    for _ in 0..3 {
        let mut transaction = ok(store.begin(&claim).await, "beginning after one was dropped");
        ok(transaction.put_view_row(&view, row("1", "a")).await, "writing a row");
        ok(transaction.put_saga(saga(saga_id(1), "7")).await, "writing a saga");
        drop(transaction);
        // An append takes the place of the transaction at once.
        ok(
            store.append(append(&stream("a"), crate::store::Expected::Any, &["A"]), far()).await,
            "appending after a transaction was dropped",
        );
    }
    assert!(ok(store.view_row(&view, "1").await, "reading a row").is_none());
    assert!(ok(store.list_sagas("OrderSaga", None, 9).await, "listing").is_empty());
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!(record.checkpoint, Position::START);
    assert_eq!(whole_log(&store).await.len(), 3);
}

pub(super) async fn effects_and_checkpoint_move_together(factory: Factory) {
    let store = factory.open().await;
    let (view, id) = (view("orders"), consumer("Projector"));
    let claim = claimed(&store, &id).await;
    for position in [3, 4, 9] {
        let mut transaction = ok(store.begin(&claim).await, "beginning");
        ok(transaction.put_view_row(&view, row("last", &position.to_string())).await, "writing");
        ok(transaction.commit(Position(position).into()).await, "committing");
        let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
        assert_eq!(record.checkpoint, Position(position));
        assert_eq!((record.epoch, record.token), (claim.epoch, claim.token), "a commit is no claim");
        let row = some(ok(store.view_row(&view, "last").await, "reading a row"), "the row");
        assert_eq!(row.get(), format!(r#"["last","{position}"]"#));
    }
}

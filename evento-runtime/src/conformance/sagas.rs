//! Saga states.

use std::{borrow::Cow, sync::Arc};

use super::{StoreFactory, kit::*};
use crate::{
    message::Position,
    store::{Claim, SagaRecord, SharedStore},
};

type Factory = Arc<dyn StoreFactory>;

async fn put(store: &SharedStore, claim: &Claim, records: Vec<SagaRecord>) {
    let mut transaction = ok(store.begin(claim).await, "beginning");
    for record in records {
        ok(transaction.put_saga(record).await, "saving a saga");
    }
    ok(transaction.commit(Position(1).into()).await, "committing");
}

async fn find(store: &SharedStore, field: &str, value: &str) -> Vec<u128> {
    let found = ok(store.find_sagas("OrderSaga", field, value).await, "finding sagas");
    found.iter().map(|record| record.id.0.as_u128()).collect()
}

pub(super) async fn sagas_are_found_by_association(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    let mut full = saga(saga_id(4), "7");
    full.associations.push((Cow::Borrowed("customer"), "é%_'".to_owned()));
    let mut other = saga(saga_id(5), "7");
    other.saga = Cow::Borrowed("OtherSaga");
    put(
        &store,
        &claim,
        vec![saga(saga_id(3), "7"), full.clone(), saga(saga_id(1), "7"), saga(saga_id(2), "70"), other],
    )
    .await;
    assert_eq!(find(&store, "order_id", "7").await, [1, 3, 4], "all matches, in the order of their ids");
    assert_eq!(find(&store, "order_id", "8").await, [0_u128; 0]);
    assert_eq!(find(&store, "customer", "7").await, [0_u128; 0], "a value belongs to its field");
    assert_eq!(find(&store, "customer", "é%_'").await, [4]);
    let read = ok(store.find_sagas("OrderSaga", "customer", "é%_'").await, "finding sagas");
    let read = some(read.into_iter().next(), "the saga");
    assert_eq!(read.saga, full.saga);
    assert_eq!(read.code_version, full.code_version);
    assert_eq!(read.state.get(), full.state.get());
    assert_eq!(read.associations, full.associations);
    assert_eq!((read.started_at, read.last_event), (full.started_at, full.last_event));
}

pub(super) async fn associations_are_replaced(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![saga(saga_id(1), "old")]).await;
    put(&store, &claim, vec![saga(saga_id(1), "new")]).await;
    assert_eq!(
        find(&store, "order_id", "old").await,
        [0_u128; 0],
        "an earlier association no longer finds it"
    );
    assert_eq!(find(&store, "order_id", "new").await, [1]);
    let all = ok(store.list_sagas("OrderSaga", None, 10).await, "listing sagas");
    assert_eq!(all.len(), 1, "a saga takes the place of the one with its id");
}

pub(super) async fn sagas_are_listed_in_pages(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, [3, 1, 5, 2, 4].map(|id| saga(saga_id(id), "x")).into()).await;
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = ok(store.list_sagas("OrderSaga", after, 2).await, "listing sagas");
        assert!(page.len() <= 2, "a page must not be larger than its limit");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        listed.extend(page.iter().map(|record| record.id.0.as_u128()));
    }
    assert_eq!(listed, [1, 2, 3, 4, 5]);
    let none = ok(store.list_sagas("Order", None, 10).await, "listing sagas");
    assert!(none.is_empty(), "sagas are listed by their whole name");
}

pub(super) async fn a_saga_ends(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![saga(saga_id(1), "7"), saga(saga_id(2), "7")]).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    assert!(ok(transaction.delete_saga("OrderSaga", saga_id(1)).await, "ending a saga"), "it was there");
    assert!(!ok(transaction.delete_saga("OrderSaga", saga_id(1)).await, "ending it again"), "it was not");
    assert!(!ok(transaction.delete_saga("Other", saga_id(2)).await, "ending another's"), "it was not there");
    ok(transaction.commit(Position(2).into()).await, "committing");
    assert_eq!(find(&store, "order_id", "7").await, [2]);
}

pub(super) async fn a_saga_is_loaded_by_its_id(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    put(&store, &claim, vec![saga(saga_id(1), "7"), saga(saga_id(2), "8")]).await;
    let load = async |name: &str, id| ok(store.load_saga(name, saga_id(id)).await, "loading a saga");
    let found = some(load("OrderSaga", 2).await, "the saga");
    assert_eq!((found.id, found.state.get()), (saga_id(2), r#"["8"]"#));
    assert!(load("OrderSaga", 3).await.is_none(), "another id");
    assert!(load("OtherSaga", 2).await.is_none(), "another name");
}

pub(super) async fn sagas_are_counted_by_name_and_version(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    assert!(ok(store.count_sagas().await, "counting sagas").is_empty());
    let version = |id, code_version| SagaRecord { code_version, ..saga(saga_id(id), "x") };
    let other = SagaRecord { saga: Cow::Borrowed("Another"), ..version(9, 4) };
    put(&store, &claim, vec![version(1, 2), version(2, 1), version(3, 2), other]).await;
    // One that is saved by newer code counts there.
    put(&store, &claim, vec![version(3, 10)]).await;
    let counts = ok(store.count_sagas().await, "counting sagas");
    let counts: Vec<_> =
        counts.iter().map(|count| (count.saga.as_str(), count.code_version, count.live)).collect();
    let expected = [("Another", 4, 1), ("OrderSaga", 1, 1), ("OrderSaga", 2, 1), ("OrderSaga", 10, 1)];
    assert_eq!(counts, expected, "by name and version");
}

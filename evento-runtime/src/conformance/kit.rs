//! What the checks are made of.

use std::{
    borrow::Cow,
    fmt::Display,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use serde_json::value::RawValue;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    message::{
        CommandId, Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp,
    },
    store::{
        Append, AppendError, Claim, ConsumerId, Expected, FirstStart, LogQuery, NodeId, Recording, SagaId,
        SagaRecord, SharedStore, StateStore, StoreError, ViewId, ViewRow,
    },
};

/// The value of something that must not fail.
#[track_caller]
pub(super) fn ok<T, E: Display>(result: Result<T, E>, doing: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{doing} must succeed, but: {error}"),
    }
}

/// What must be there.
#[track_caller]
pub(super) fn some<T>(option: Option<T>, what: &str) -> T {
    match option {
        Some(value) => value,
        None => panic!("{what} must be there"),
    }
}

/// A deadline that nothing here comes near.
pub(super) fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

pub(super) fn new_id() -> MessageId {
    MessageId(Uuid::now_v7())
}

pub(super) fn json(text: impl Into<String>) -> Box<RawValue> {
    ok(RawValue::from_string(text.into()), "making JSON")
}

pub(super) fn stream(id: &str) -> StreamId {
    StreamId::new("Order", id)
}

pub(super) fn recording() -> Recording {
    Recording { name: "PlaceOrder".to_owned(), digest: 7, cause: None, at: Timestamp::from_millis(1_000) }
}

/// An event that some command has decided.
pub(super) fn event(stream: &StreamId, name: &'static str, command: CommandId) -> EventMessage {
    EventMessage {
        id: new_id(),
        stream: stream.clone(),
        version: 0,
        name: Cow::Borrowed(name),
        payload_version: 1,
        correlation_id: command.into(),
        causation_id: command.into(),
        timestamp: Timestamp::from_millis(1_000),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: json(r#"{"amount":1}"#),
    }
}

/// An append of events by these names, by a new command.
pub(super) fn append(stream: &StreamId, expected: Expected, names: &[&'static str]) -> Append {
    let command = CommandId(Uuid::now_v7());
    Append {
        stream: stream.clone(),
        expected,
        command,
        recording: recording(),
        events: names.iter().map(|name| event(stream, name, command)).collect(),
        closes: false,
    }
}

/// Appends so many events, one command each, to a stream that is not there yet.
pub(super) async fn fill(store: &SharedStore, stream: &StreamId, events: u64) {
    for version in 0..events {
        let next = append(stream, Expected::Version(version), &["OrderPlaced"]);
        ok(store.append(next, far()).await, "appending the next event");
    }
}

pub(super) fn everything() -> LogQuery {
    LogQuery { max_events: usize::MAX, max_bytes: usize::MAX, ..LogQuery::default() }
}

/// The whole log, read in pages, after checking that its positions are 1, 2, 3 up to the head.
pub(super) async fn whole_log(store: &SharedStore) -> Vec<StoredEvent> {
    let head = ok(store.head().await, "reading the head");
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut after = Position::START;
    while after < head {
        let query = LogQuery { after: after.into(), max_events: 97, ..everything() };
        let page = ok(store.read_log(&query).await, "reading the log");
        assert!(
            page.scanned.position > after,
            "a page of the log that is not at its end must get on, but stays at {after}"
        );
        after = page.scanned.position;
        events.extend(page.events);
    }
    for (expected, event) in (1_u64..).zip(&events) {
        assert_eq!(event.position.0, expected, "positions must be dense");
    }
    assert_eq!(events.len() as u64, head.0, "the head must be the position of the last event");
    events
}

pub(super) fn consumer(name: &'static str) -> ConsumerId {
    ConsumerId { component: Cow::Borrowed(name), version: 1, context: Cow::Borrowed("*") }
}

/// A process that was never heard of.
pub(super) fn node() -> NodeId {
    NodeId(Uuid::now_v7())
}

/// Creates a consumer at the beginning, and claims it for a process that gives no heartbeat.
pub(super) async fn claimed(store: &SharedStore, consumer: &ConsumerId) -> Claim {
    let created = ok(store.create_consumer(consumer, FirstStart::Beginning, 1).await, "creating a consumer");
    let created = some(created, "the transaction that creates a new consumer");
    ok(created.transaction.commit(created.checkpoint.into()).await, "committing the creation of a consumer");
    some(ok(store.claim(consumer, 1, node()).await, "claiming a consumer"), "a consumer that was created")
}

pub(super) fn view(name: &'static str) -> ViewId {
    ViewId { view: Cow::Borrowed(name), version: 1 }
}

pub(super) fn row(id: &str, name: &str) -> ViewRow {
    ViewRow {
        id: id.to_owned(),
        body: json(ok(serde_json::to_string(&[id, name]), "encoding a row")),
        indexes: vec![(Cow::Borrowed("name"), name.to_owned())],
    }
}

/// The ids of rows that [`row`] made.
pub(super) fn ids(rows: &[Box<RawValue>]) -> Vec<String> {
    rows.iter()
        .map(|row| {
            let [id, _] = ok(serde_json::from_str::<[String; 2]>(row.get()), "reading the body of a row");
            id
        })
        .collect()
}

pub(super) fn saga(id: SagaId, order: &str) -> SagaRecord {
    SagaRecord {
        saga: Cow::Borrowed("OrderSaga"),
        id,
        code_version: 1,
        state: json(format!("[{order:?}]")),
        associations: vec![(Cow::Borrowed("order_id"), order.to_owned())],
        started_at: Timestamp::from_millis(5),
        last_event: Position(1),
    }
}

/// Ids in ascending order.
pub(super) fn saga_id(number: u128) -> SagaId {
    SagaId(Uuid::from_u128(number))
}

#[track_caller]
pub(super) fn is_conflict<T: std::fmt::Debug>(result: &Result<T, AppendError>, at: u64) {
    match result {
        Err(AppendError::Conflict { actual, .. }) => {
            assert_eq!(*actual, at, "a conflict must name the version that the stream has");
        }
        other => panic!("a conflict at version {at} was expected, not {other:?}"),
    }
}

#[track_caller]
pub(super) fn is_fenced<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Fenced { .. })),
        "a claim that is not the newest must be fenced, not {result:?}"
    );
}

/// Runs a future for at most so many polls; dropped then, it answers `None`.
pub(super) async fn poll_at_most<F: Future>(future: F, mut polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}

/// A source of lots, whose seed is printed.
pub(super) fn lots() -> fastrand::Rng {
    let seed = std::env::var("EVENTO_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| fastrand::u64(..));
    println!("EVENTO_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// Commits a transaction that does nothing but move the checkpoint.
pub(super) async fn move_to(store: &Arc<dyn StateStore>, claim: &Claim, to: u64) -> Result<(), StoreError> {
    store.begin(claim).await?.commit(Position(to).into()).await
}

//! Carrying a log from one store to another.

use std::sync::Arc;

use uuid::Uuid;

use super::{StoreFactory, kit::*};
use crate::{
    message::{CommandId, Context, EventMessage, Metadata, Position, StoredEvent, StreamId, Timestamp},
    store::{
        AppendError, Expected, LogFilter, LogImport, LogImportError, LogMark, LogQuery, LogRecord,
        SharedStore, StoreError,
    },
};

type Factory = Arc<dyn StoreFactory>;

/// An event of another log.
fn record(position: u64, stream: &StreamId, version: u64) -> LogRecord {
    let message = EventMessage { version, ..event(stream, "OrderPlaced", CommandId(new_id().0)) };
    LogRecord { event: StoredEvent { position: Position(position), message }, closes: false, purged: false }
}

/// An event of another log of which only its place is left.
fn tombstone(position: u64, stream: &StreamId, version: u64, closes: bool) -> LogRecord {
    let mut record = record(position, stream, version);
    record.event.message.payload = json("null");
    LogRecord { closes, purged: true, ..record }
}

/// Everything of a record, to compare.
fn all(record: &LogRecord) -> impl PartialEq + std::fmt::Debug + use<> {
    let StoredEvent { position, message } = &record.event;
    let EventMessage { id, stream, version, name, payload_version, timestamp, metadata, context, .. } =
        message;
    (
        (*position, *id, stream.clone(), *version, name.clone(), *payload_version),
        (*timestamp, metadata.clone(), context.clone(), message.correlation_id, message.causation_id),
        (message.payload.get().to_owned(), record.closes, record.purged),
    )
}

fn each(records: &[LogRecord]) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    records.iter().map(all).collect()
}

async fn records(store: &SharedStore) -> Vec<LogRecord> {
    ok(store.read_records(&everything()).await, "reading records").records
}

async fn end(store: &SharedStore) -> LogMark {
    ok(store.read_records(&everything()).await, "reading records").scanned
}

pub(super) async fn a_log_is_carried_over(factory: Factory) {
    let store = factory.open().await;
    let mut head = store.watch_head();
    let (gone, living) = (stream("gone"), stream("it's \"odd\" é"));
    let mut log = vec![
        tombstone(1, &gone, 1, false),
        record(2, &living, 1),
        tombstone(3, &gone, 2, true),
        record(4, &stream("closed"), 1),
        record(5, &living, 2),
    ];
    log[3].closes = true;
    let event = &mut log[4].event.message;
    event.payload = json("{ \"a\" : 1.50e3,\n\"a\":\"\\u00e9\" }");
    event.metadata = Metadata::new().with("user", "ada");
    (event.context, event.payload_version) = (Context::new("tenant"), 7);
    event.timestamp = Timestamp::from_millis(-5);

    let incarnation = Uuid::from_u128(77);
    let import = LogImport { incarnation, after: LogMark::START, records: log[..3].to_vec() };
    let after = ok(store.import_records(&import).await, "importing into an empty store");
    assert_eq!(after, LogMark::from(&log[2].event), "the new end");
    let import = LogImport { incarnation, after, records: log[3..].to_vec() };
    ok(store.import_records(&import).await, "importing what comes behind");
    assert_eq!(*head.borrow_and_update(), Position(5), "the head is told");

    let store = if factory.is_durable() { factory.open().await } else { store };
    assert_eq!(ok(store.incarnation().await, "reading the incarnation"), incarnation, "it is taken over");
    assert_eq!(each(&records(&store).await), each(&log), "what was carried over is what is there");
    let read = ok(store.read_log(&everything()).await, "reading the log").events;
    let read: Vec<u64> = read.iter().map(|event| event.position.0).collect();
    assert_eq!(read, [2, 4, 5], "readers pass over tombstones");
    let purged = store.read_stream(&gone, 0, 10, 10_000).await;
    assert!(matches!(purged, Err(StoreError::Purged { .. })), "not {purged:?}");
    for closed in [&gone, &stream("closed")] {
        let refused = store.append(append(closed, Expected::Any, &["OrderPlaced"]), far()).await;
        assert!(matches!(refused, Err(AppendError::Closed { .. })), "{closed} is closed, not {refused:?}");
    }
    let next = append(&living, Expected::Version(2), &["OrderPlaced"]);
    let next = ok(store.append(next, far()).await, "going on with a stream that was imported");
    assert_eq!((next.first, next.first_version), (Position(6), 3));
}

pub(super) async fn records_are_read_and_found(factory: Factory) {
    let store = factory.open().await;
    let (gone, living) = (stream("gone"), stream("living"));
    let mut closing = append(&gone, Expected::Version(0), &["Opened", "Closed"]);
    closing.closes = true;
    ok(store.append(closing, far()).await, "closing a stream");
    fill(&store, &living, 3).await;
    ok(store.purge_closed_streams(Timestamp::from_millis(i64::MAX), Position::START, 10).await, "purging");

    let all = records(&store).await;
    let flags: Vec<_> = all.iter().map(|record| (record.closes, record.purged)).collect();
    assert_eq!(flags[..2], [(false, true), (true, true)], "tombstones are there, and tell what closed");
    assert_eq!(flags[2..], [(false, false); 3]);
    assert_eq!(all[1].event.message.payload.get(), "null");

    let mut after = LogMark::START;
    let mut read = Vec::new();
    while after.position < Position(5) {
        let query = LogQuery { after, max_events: 2, ..everything() };
        let page = ok(store.read_records(&query).await, "reading a page");
        assert!(page.records.len() <= 2 && page.scanned.position > after.position, "a page gets on");
        after = page.scanned;
        read.extend(page.records);
    }
    assert_eq!(each(&read), each(&all), "pages are the whole");
    let filter = LogFilter { names: Arc::from(["Closed".into()]), ..LogFilter::default() };
    let query = LogQuery { filter, until: Some(Position(4)), ..everything() };
    let page = ok(store.read_records(&query).await, "reading with a filter");
    assert_eq!((page.records.len(), page.scanned.position), (1, Position(4)));
    let elsewhere = LogMark { position: Position(2), event: Some(new_id()) };
    let query = LogQuery { after: elsewhere, ..everything() };
    let back = store.read_records(&query).await;
    assert!(matches!(back, Err(StoreError::LogWentBack { .. })), "a place is recognised, not {back:?}");

    let places = [(living.clone(), 2), (gone, 2), (living, 9), (stream("nobody"), 1)];
    let mut found = ok(store.find_records(&places).await, "looking for events");
    found.sort_unstable_by_key(|record| record.event.position);
    assert_eq!(each(&found), each(&[all[1].clone(), all[3].clone()]), "what is there is found");
    assert!(ok(store.find_records(&[]).await, "looking for nothing").is_empty());
}

pub(super) async fn an_import_is_whole_or_nothing(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("here"), 2).await;
    let (incarnation, after) = (ok(store.incarnation().await, "reading the incarnation"), end(&store).await);
    let import = |records| LogImport { incarnation, after, records };
    let good = || record(3, &stream("new"), 1);

    let other = LogImport { incarnation: Uuid::from_u128(5), ..import(vec![good()]) };
    let refused = store.import_records(&other).await;
    assert!(matches!(refused, Err(LogImportError::AnotherLog { .. })), "not {refused:?}");
    let elsewhere = LogMark { event: Some(new_id()), ..after };
    for after in [elsewhere, LogMark::START, Position(9).into()] {
        let position = after.position.0 + 1;
        let moved = LogImport { incarnation, after, records: vec![record(position, &stream("new"), 1)] };
        let refused = store.import_records(&moved).await;
        assert!(matches!(refused, Err(LogImportError::Moved { .. })), "behind {after:?}: {refused:?}");
    }
    let hole = store.import_records(&import(vec![good(), record(5, &stream("new"), 2)])).await;
    assert!(matches!(hole, Err(LogImportError::NotDense { found: Position(5), .. })), "not {hole:?}");
    for (id, version, last) in [("here", 1, 2), ("here", 4, 2), ("new", 3, 1), ("nobody", 2, 0)] {
        let broken = store.import_records(&import(vec![good(), record(4, &stream(id), version)])).await;
        match broken {
            Err(LogImportError::BrokenStream { stream: found, position, last: is, .. }) => {
                assert_eq!((found, position, is), (stream(id), Position(4), last));
            }
            other => panic!("version {version} of {id} follows nothing, not {other:?}"),
        }
    }
    let mut closing = good();
    closing.closes = true;
    let closed = store.import_records(&import(vec![closing, record(4, &stream("new"), 2)])).await;
    assert!(matches!(closed, Err(LogImportError::Closed { position: Position(4), .. })), "not {closed:?}");
    let mut large = record(4, &stream("large"), 1);
    large.event.message.payload = json(format!("{:?}", "x".repeat(store.max_event_bytes())));
    let refused = store.import_records(&import(vec![good(), large])).await;
    let too_large = matches!(refused, Err(LogImportError::Store(StoreError::TooLarge { .. })));
    assert!(too_large, "not {refused:?}");

    assert_eq!(ok(store.head().await, "reading the head"), Position(2), "nothing was written");
    assert_eq!(ok(store.incarnation().await, "reading the incarnation"), incarnation);
    let mark = ok(store.import_records(&import(vec![])).await, "importing nothing");
    assert_eq!(mark, after);
    ok(store.import_records(&import(vec![good(), record(4, &stream("here"), 3)])).await, "importing");
    fill(&store, &stream("next"), 1).await;
    assert_eq!(whole_log(&store).await.len(), 5, "appends go on behind it");
}

pub(super) async fn imports_and_appends_take_turns(factory: Factory) {
    let store = factory.open().await;
    let incarnation = ok(store.incarnation().await, "reading the incarnation");
    let appending = tokio::spawn({
        let store = store.clone();
        async move { fill(&store, &stream("appended"), 30).await }
    });
    let imported = stream("imported");
    let mut version = 0;
    while version < 20 {
        let after = ok(store.head().await, "reading the head");
        let records =
            vec![record(after.0 + 1, &imported, version + 1), record(after.0 + 2, &imported, version + 2)];
        match store.import_records(&LogImport { incarnation, after: after.into(), records }).await {
            Ok(_) => version += 2,
            Err(LogImportError::Moved { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("an import waits for its turn or is told of another end, but: {error}"),
        }
    }
    ok(appending.await, "appending beside it");
    let log = whole_log(&store).await;
    for (stream, count) in [(imported, 20), (stream("appended"), 30)] {
        let versions = log.iter().filter(|event| event.message.stream == stream);
        let versions: Vec<u64> = versions.map(|event| event.message.version).collect();
        assert_eq!(versions, (1..=count).collect::<Vec<_>>(), "{stream} is whole");
    }
}

//! What differs in little, and what is too long or too large.

use std::borrow::Cow;

use evento_runtime::{
    message::{Position, StreamId, Timestamp},
    store::{
        Append, AppendError, EventStore, Expected, Interventions, Page, SagaId, SagaRecord, SagaStore, Skip,
        Snapshot, SnapshotStore, StateStore, StoreError, ViewId, ViewMatch, ViewRow, ViewStore,
    },
};
use serde_json::value::RawValue;

use super::kit::{Database, FRAGILE, append, claim, far, fragile_address, run, whole_log, words};

fn json(size: usize) -> Box<RawValue> {
    RawValue::from_string(format!("\"{}\"", "x".repeat(size.saturating_sub(2)))).expect("JSON")
}

fn to(stream: StreamId, mut append: Append) -> Append {
    append.expected = Expected::Version(0);
    for event in &mut append.events {
        event.stream = stream.clone();
    }
    Append { stream, ..append }
}

#[tokio::test]
async fn ids_that_differ_in_little_differ() {
    let database = Database::new();
    let store = database.open().await;
    let ids = [
        "a", "A", "a ", " a", "a  ", "á", "a\u{301}", "ä", "æ", "ae", "ß", "ss", "a\0", "a\u{ad}", "ﬁ", "fi",
    ];
    for id in ids {
        let appended = store.append(to(StreamId::new("Order", id), append("", "Placed", 1)), far()).await;
        assert!(appended.is_ok(), "{id:?} is a stream of its own: {appended:?}");
    }
    for kind in ["order", "Order ", "Örder"] {
        let appended = store.append(to(StreamId::new(kind, "a"), append("", "Placed", 1)), far()).await;
        assert!(appended.is_ok(), "{kind:?} is a type of its own: {appended:?}");
    }
    for id in ids {
        let read = store.read_stream(&StreamId::new("Order", id), 0, 9, 9_999).await.expect("reading");
        assert_eq!(read.len(), 1, "{id:?}");
        assert_eq!(&*read[0].message.stream.id, id);
    }
    let claim = claim(&store).await;
    let view = ViewId { view: Cow::Borrowed("orders"), version: 1 };
    let mut transaction = store.begin(&claim).await.expect("beginning");
    for id in ids {
        let indexes = vec![(Cow::Borrowed("name"), id.to_owned())];
        let row = ViewRow { id: id.to_owned(), body: json(9), indexes };
        transaction.put_view_row(&view, row).await.expect("a row");
    }
    transaction.commit(Position(1).into()).await.expect("committing");
    let all = store.find_view_rows(&view, &ViewMatch::All, Page::default()).await.expect("searching");
    assert_eq!(all.len(), ids.len());
    for id in ids {
        let matching = ViewMatch::Equals { index: Cow::Borrowed("name"), value: id.to_owned() };
        let found = store.find_view_rows(&view, &matching, Page::default()).await.expect("searching");
        assert_eq!(found.len(), 1, "{id:?}");
    }
}

#[track_caller]
fn is_too_large<T: std::fmt::Debug>(result: Result<T, StoreError>, limit: usize) {
    match result {
        Err(StoreError::TooLarge { limit: told, .. }) => assert_eq!(told, limit),
        other => panic!("it must be too large, not {other:?}"),
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_never_cut() {
    let database = Database::new();
    let store = database.open().await;
    let store_error = |refused: AppendError| match refused {
        AppendError::Store(error) => error,
        other => panic!("{other:?}"),
    };
    // As long as it may be, in letters that take two bytes each.
    let (kind, id) = (format!("{}x", "é".repeat(127)), "é".repeat(1024));
    let longest = StreamId::new(kind, id.clone());
    store.append(to(longest.clone(), append("", "Placed", 1)), far()).await.expect("the longest ids");
    let read = store.read_stream(&longest, 0, 9, 99_999).await.expect("reading");
    assert_eq!(read[0].message.stream, longest);
    let snapshot = || Snapshot { version: 1, hash: 1, state: json(9) };
    store.save_snapshot(&longest, snapshot()).await.expect("a snapshot");
    assert!(store.load_snapshot(&longest).await.expect("reading").is_some());

    let long = StreamId::new("Order", format!("{id}x"));
    let refused = store.append(to(long.clone(), append("", "Placed", 1)), far()).await.expect_err("too long");
    is_too_large::<()>(Err(store_error(refused)), 2048);
    is_too_large(store.save_snapshot(&long, snapshot()).await, 2048);
    assert!(store.read_stream(&long, 0, 9, 99_999).await.expect("reading").is_empty());
    let kind = StreamId::new("k".repeat(256), "a");
    let refused = store.append(to(kind, append("", "Placed", 1)), far()).await.expect_err("too long");
    is_too_large::<()>(Err(store_error(refused)), 255);

    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    let view = ViewId { view: Cow::Borrowed("orders"), version: 1 };
    let row = |id: usize, value: usize| ViewRow {
        id: "i".repeat(id),
        body: json(9),
        indexes: vec![(Cow::Borrowed("name"), "v".repeat(value))],
    };
    is_too_large(transaction.put_view_row(&view, row(1025, 1)).await, 1024);
    is_too_large(transaction.put_view_row(&view, row(1, 1025)).await, 1024);
    let saga = |value: usize| SagaRecord {
        saga: Cow::Borrowed("OrderSaga"),
        id: SagaId(uuid::Uuid::from_u128(1)),
        code_version: 1,
        state: json(9),
        associations: vec![(Cow::Borrowed("order"), "v".repeat(value))],
        started_at: evento_runtime::message::Timestamp::from_millis(1),
        last_event: Position(1),
    };
    is_too_large(transaction.put_saga(saga(2049)).await, 2048);
    // It was refused before the server was asked, so the transaction goes on.
    transaction.put_view_row(&view, row(1024, 1024)).await.expect("the longest row");
    transaction.put_saga(saga(2048)).await.expect("the longest association");
    transaction.commit(Position(1).into()).await.expect("committing");
    assert!(store.view_row(&view, &"i".repeat(1024)).await.expect("reading").is_some());
    let sagas = store.find_sagas("OrderSaga", "order", &"v".repeat(2048)).await.expect("finding");
    assert_eq!(sagas.len(), 1);
}

#[tokio::test]
async fn an_event_that_the_server_does_not_take_is_refused_with_the_way_out() {
    let _ours = FRAGILE.lock().await;
    let database = Database::on(fragile_address());
    let mut other = database.connect().await;
    run(&mut other, "set global max_allowed_packet = 1048576").await;
    let opened = database.options().open().await;
    run(&mut other, "set global max_allowed_packet = 16777216").await;
    let store = opened.expect("opening");
    let limit = store.max_event_bytes();
    assert!((1_000_000..1_048_576).contains(&limit), "{limit}");
    let event = |id: &str, size: usize, filling: &str| {
        let mut next = append(id, "Placed", 1);
        let room = size - next.events[0].size();
        let filled = filling.repeat(room / filling.len());
        next.events[0].payload = RawValue::from_string(format!("\"{filled}\"")).expect("JSON");
        next
    };
    for size in [limit + 100_000, 17 * 1024 * 1024] {
        let refused = store.append(event("a", size, "x"), far()).await.expect_err("too large");
        assert!(matches!(refused, AppendError::Store(StoreError::TooLarge { .. })), "{refused:?}");
        assert!(words(&refused).contains("max_allowed_packet"), "{}", words(&refused));
    }
    // In a script, each of these letters takes twice its room.
    for filling in ["x", "\\n", "'"] {
        let mut appends = tokio::task::JoinSet::new();
        for (number, size) in [limit, limit / 2, limit / 5, limit / 9, 999, limit / 3].into_iter().enumerate()
        {
            let next = event(&format!("{filling}{number}"), size, filling);
            let store = store.clone();
            appends.spawn(async move { store.append(next, far()).await });
        }
        for appended in appends.join_all().await {
            appended.expect("an event that is not too large");
        }
    }
    assert_eq!(whole_log(&store).await.len(), 18);
    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    let view = ViewId { view: Cow::Borrowed("orders"), version: 1 };
    let row = |size| ViewRow { id: "1".to_owned(), body: json(size), indexes: Vec::new() };
    is_too_large(transaction.put_view_row(&view, row(limit + 1)).await, limit);
    transaction.put_view_row(&view, row(limit)).await.expect("the largest row");
    transaction.commit(Position(1).into()).await.expect("committing");
    let skip = |size: usize, filling: &str| Skip {
        consumer: claim.consumer.clone(),
        position: Position(2),
        reason: filling.repeat(size),
        at: Timestamp::from_millis(1),
    };
    let longest = 1_048_576 / 4;
    for filling in ["x", "'", "\n"] {
        is_too_large(store.skip(&skip(longest + 1, filling)).await, longest);
        is_too_large(store.skip(&skip(limit, filling)).await, longest);
        assert!(store.skip(&skip(longest, filling)).await.expect("the longest reason"));
        assert!(store.pause_because(&claim.consumer, &filling.repeat(limit)).await.expect("pausing"));
    }
}

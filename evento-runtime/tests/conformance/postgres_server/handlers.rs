//! What handlers do with the connection that they are lent, and with texts that PostgreSQL cannot store.

use std::borrow::Cow;

use evento_runtime::{
    message::{CommandId, Position, StreamId, Timestamp},
    store::{
        AppendError, CheckpointStore, CommandLedger, DeadEvent, DeadEventStore, EventStore, LedgerOutcome,
        Page, Recording, StateStore, StoreError, ViewId, ViewMatch, ViewRow, ViewStore,
    },
};
use sqlx::{Connection, Row};

use super::kit::{Schema, append, claim, far, postgres, run, words};

#[tokio::test]
async fn a_handler_writes_through_the_connection() {
    let schema = Schema::new();
    let store = schema.open().await;
    let claim = claim(&store).await;
    let count = async || {
        let mut lent = store.read_connection().await.expect("a connection for reading");
        let sql = sqlx::AssertSqlSafe(schema.named("select * from evento.todo"));
        let rows = sqlx::query(sql).fetch_all(postgres(lent.connection())).await;
        rows.map_or(0, |rows| rows.len())
    };
    let insert = schema.named("insert into evento.todo default values");
    let write = async |commit: bool| {
        let mut transaction = store.begin(&claim).await.expect("beginning");
        let connection = postgres(transaction.connection());
        run(connection, &schema.named("create table if not exists evento.todo (id serial primary key)"))
            .await;
        run(connection, &insert).await;
        // A transaction of one's own is a part of ours; what it drops is undone, and no more.
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, &insert).await;
        drop(nested);
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, &insert).await;
        nested.commit().await.expect("committing inside");
        if commit {
            transaction.commit(Position(1).into()).await.expect("committing");
        }
    };
    write(false).await;
    assert_eq!(count().await, 0);
    write(true).await;
    assert_eq!(count().await, 2);

    let mut lent = store.read_connection().await.expect("a connection for reading");
    let delete = sqlx::AssertSqlSafe(schema.named("delete from evento.todo"));
    let refused = sqlx::raw_sql(delete).execute(postgres(lent.connection())).await;
    assert!(refused.is_err(), "a connection for reading must not write");
}

#[tokio::test]
async fn a_transaction_that_a_handler_ended_is_no_success() {
    let schema = Schema::new();
    let store = schema.open().await;
    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    std::mem::forget(postgres(transaction.connection()).begin().await.expect("a transaction inside"));
    transaction.commit(Position(5).into()).await.expect_err("a transaction inside is still open");
    for ended in ["commit", "rollback", "commit; begin"] {
        let mut transaction = store.begin(&claim).await.expect("beginning");
        run(postgres(transaction.connection()), ended).await;
        let refused = transaction.commit(Position(5).into()).await.expect_err(ended);
        assert!(matches!(refused, StoreError::Failed { .. }), "{ended}: {refused:?}");
    }
    let mut transaction = store.begin(&claim).await.expect("beginning");
    sqlx::query("select 1/0").execute(postgres(transaction.connection())).await.expect_err("a failure");
    transaction.commit(Position(5).into()).await.expect_err("a failed transaction must not look committed");
    let record = store.consumer(&claim.consumer).await.expect("reading").expect("the consumer");
    assert_eq!(record.checkpoint, Position::START);
}

#[tokio::test]
async fn events_are_json_that_a_person_can_read() {
    let schema = Schema::new();
    let store = schema.open().await;
    let mut next = append("a", "Placed", 1);
    next.events[0].payload =
        serde_json::value::RawValue::from_string(r#"{"amount": 7}"#.to_owned()).expect("JSON");
    store.append(next, far()).await.expect("appending");
    let sql = schema.named("select (payload->>'amount')::bigint from evento.event where name = 'Placed'");
    assert_eq!(super::kit::number(&mut schema.connect().await, &sql).await, 7);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let schema = Schema::new();
    let store = schema.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    schema.run("update evento.event set metadata = '[1]' where position = 2").await;
    let stream = StreamId::new("Order", "a");
    let log = store.read_log(&super::kit::everything()).await.map(drop).expect_err("a damaged row");
    let stream = store.read_stream(&stream, 0, 9, 9_999).await.map(drop).expect_err("a damaged row");
    for refused in [log, stream] {
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
        assert!(refused.to_string().contains("event 2"), "{refused}");
    }
}

#[tokio::test]
async fn the_character_that_postgres_has_no_room_for() {
    let schema = Schema::new();
    let store = schema.open().await;
    let refused = store.append(append("a\0b", "Placed", 1), far()).await.expect_err("an id with NUL");
    assert!(matches!(refused, AppendError::Store(StoreError::Failed { .. })), "{refused:?}");
    assert!(words(&refused).contains("NUL") && words(&refused).contains("a\\0b"), "{}", words(&refused));

    // The words of an error are kept in any case.
    let command = CommandId(uuid::Uuid::now_v7());
    let recording =
        Recording { name: "Place".to_owned(), digest: 1, cause: None, at: Timestamp::from_millis(1) };
    store.record_rejection(command, recording, "no\0way".to_owned()).await.expect("recording");
    let entry = store.ledger_entry(command).await.expect("reading").expect("an entry");
    assert_eq!(entry.outcome, LedgerOutcome::Rejected { reason: "no\u{fffd}way".to_owned() });
    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    let dead = DeadEvent {
        consumer: claim.consumer.clone(),
        timer: None,
        position: Position(1),
        key: "k".to_owned(),
        error: Some("b\0om".to_owned()),
        attempts: 1,
        first_at: Timestamp::from_millis(33),
        at: Timestamp::from_millis(1),
    };
    transaction.park(dead).await.expect("parking");
    let view = ViewId { view: Cow::Borrowed("orders"), version: 1 };
    let row = |id: &str, value: &str| ViewRow {
        id: id.to_owned(),
        body: serde_json::value::RawValue::from_string(r#""a\u0000b""#.to_owned()).expect("JSON"),
        indexes: vec![(Cow::Borrowed("name"), value.to_owned())],
    };
    for (id, value) in [("a\0", "b"), ("a", "b\0")] {
        let refused = transaction.put_view_row(&view, row(id, value)).await.expect_err("a row with NUL");
        assert!(matches!(refused, StoreError::Failed { .. }), "{refused:?}");
    }
    // It was refused before PostgreSQL was asked, so the transaction goes on.
    transaction.put_view_row(&view, row("a", "b")).await.expect("a row");
    transaction.commit(Position(1).into()).await.expect("committing");
    let parked = store.dead_events(&claim.consumer, Position::START, 9).await.expect("listing");
    assert_eq!(parked[0].error.as_deref(), Some("b\u{fffd}om"));
    let equals = ViewMatch::Equals { index: Cow::Borrowed("name"), value: "b\0".to_owned() };
    let found = store.find_view_rows(&view, &equals, Page::default()).await.expect("searching");
    assert!(found.is_empty(), "what cannot be stored cannot be found");
    assert!(store.view_row(&view, "a").await.expect("reading").is_some());
}

#[tokio::test]
async fn connections_that_handlers_hold_do_not_stop_the_store() {
    let schema = Schema::new();
    let store = schema.options().connections(3).open().await.expect("opening");
    let claim = claim(&store).await;
    let first = store.begin(&claim).await.expect("beginning");
    let lent = store.read_connection().await.expect("a connection for reading");
    // All that may be held are held; the store itself goes on.
    assert_eq!(store.head().await.expect("the head"), Position::START);
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    drop(lent);
    first.commit(Position(1).into()).await.expect("committing");
    let mut lent = store.read_connection().await.expect("a connection");
    let row = sqlx::query("select 1").fetch_one(postgres(lent.connection())).await.expect("a row");
    assert_eq!(row.get::<i32, _>(0), 1);
}

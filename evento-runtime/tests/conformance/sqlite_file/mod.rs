//! What only a store in a SQLite file must do.

mod processes;

use std::{borrow::Cow, collections::HashSet, error::Error, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use evento_runtime::{
    conformance::StoreFactory,
    conformance_tests,
    message::{CommandId, Context, EventMessage, MessageId, Metadata, Position, StreamId, Timestamp},
    sqlite::SqliteStore,
    store::{
        Append, AppendError, CheckpointStore, Claim, ConsumerId, EventStore, Expected, FirstStart, LogQuery,
        NodeId, Recording, SharedStore, StateStore, StoreError,
    },
};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{task::JoinSet, time::Instant};

/// One file in a folder that goes with it.
struct Sqlite(TempDir);

#[async_trait]
impl StoreFactory for Sqlite {
    async fn open(&self) -> SharedStore {
        Arc::new(open(&path_in(&self.0)).await)
    }
}

conformance_tests!(suite, Sqlite(folder()));

fn folder() -> TempDir {
    TempDir::new().expect("a folder for tests")
}

fn path_in(folder: &TempDir) -> String {
    folder.path().join("store.db").to_string_lossy().into_owned()
}

async fn open(path: &str) -> SqliteStore {
    SqliteStore::open(path).await.expect("opening the file")
}

/// What another program does with the file.
async fn other_program(path: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.expect("another connection")
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(connection).await.expect("a statement of another program");
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

fn append(stream: &str, name: &'static str, events: usize) -> Append {
    let command = CommandId(uuid::Uuid::now_v7());
    let stream = StreamId::new("Order", stream);
    let event = || EventMessage {
        id: MessageId(uuid::Uuid::now_v7()),
        stream: stream.clone(),
        version: 0,
        name: Cow::Borrowed(name),
        payload_version: 1,
        correlation_id: command.into(),
        causation_id: command.into(),
        timestamp: Timestamp::from_millis(1),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON"),
    };
    Append {
        expected: Expected::Any,
        command,
        recording: Recording {
            name: "Place".to_owned(),
            digest: 1,
            cause: None,
            at: Timestamp::from_millis(1),
        },
        events: std::iter::repeat_with(event).take(events).collect(),
        closes: false,
        stream,
    }
}

fn everything() -> LogQuery {
    LogQuery { max_events: usize::MAX, max_bytes: usize::MAX, ..LogQuery::default() }
}

async fn claim(store: &SqliteStore) -> Claim {
    let id = ConsumerId { component: Cow::Borrowed("Projector"), version: 1, context: Cow::Borrowed("*") };
    let created = store.create_consumer(&id, FirstStart::Beginning, 1).await.expect("creating a consumer");
    let created = created.expect("a new consumer");
    created.transaction.commit(Position::START.into()).await.expect("committing the creation");
    store.claim(&id, 1, NodeId(uuid::Uuid::now_v7())).await.expect("claiming").expect("a consumer")
}

fn sqlite(connection: Option<&mut (dyn std::any::Any + Send)>) -> &mut SqliteConnection {
    connection.and_then(|connection| connection.downcast_mut()).expect("a connection to SQLite")
}

/// All that an error says, with what it comes from.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = folder();
    let path = path_in(&folder);
    open(&path).await.close().await;
    let mut other = other_program(&path).await;
    run(&mut other, "update evento_schema set version = version + 1000").await;
    let refused = SqliteStore::open(&path).await.expect_err("a newer schema");
    assert!(matches!(refused, StoreError::NewerSchema { found: 1001.., .. }), "{refused:?}");
    assert!(refused.to_string().contains("store.db"), "{refused}");
    run(&mut other, "update evento_schema set version = version - 1000").await;
    open(&path).await;
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_refused() {
    let folder = folder();
    let path = path_in(&folder);
    open(&path).await.close().await;
    // Also true for a user whom permissions do not stop.
    let refused = SqliteStore::open(format!("file:{path}?mode=ro")).await.expect_err("a file for reading");
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused:?}");
    assert!(refused.to_string().contains("store.db"), "{refused}");

    let mut permissions = std::fs::metadata(&path).expect("the file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("permissions");
    match SqliteStore::open(&path).await {
        Err(StoreError::ReadOnly { .. }) => {}
        Err(other) => panic!("a file that may only be read must be told as such, not {other:?}"),
        Ok(_) => assert!(
            std::fs::OpenOptions::new().write(true).open(&path).is_ok(),
            "only a user whom permissions do not stop can open it"
        ),
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = folder();
    let path = path_in(&folder);
    std::fs::write(&path, "once upon a time ".repeat(500)).expect("a file");
    let refused = SqliteStore::open(&path).await.expect_err("a file of something else");
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
    assert!(refused.to_string().contains("store.db"), "{refused}");
}

#[tokio::test]
async fn an_address_without_a_file_is_refused() {
    let folder = folder();
    let here = folder.path().to_string_lossy().into_owned();
    let missing = format!("{here}/no/such/folder/store.db");
    for (address, hint) in [
        (missing.as_str(), "no/such/folder"),
        (here.as_str(), "folder"),
        ("", "path"),
        ("sqlite:", "path"),
        (":memory:", "MemoryStore"),
        ("sqlite::memory:", "MemoryStore"),
        ("postgres://localhost/todo", "postgres"),
        ("sqlite://todo.db?cache=shared", "options"),
        ("a\0b", "NUL"),
    ] {
        let refused = SqliteStore::open(address).await.expect_err(address);
        assert!(matches!(refused, StoreError::BadAddress { .. }), "{address}: {refused:?}");
        assert!(refused.to_string().contains(hint), "{address}: {refused}");
    }
}

#[tokio::test]
async fn addresses_of_one_file() {
    let folder = folder();
    let path = path_in(&folder);
    for address in [
        path.clone(),
        format!("sqlite:{path}"),
        format!("sqlite://{path}"),
        format!("sqlite://{path}?mode=rwc"),
        format!("file:{path}"),
    ] {
        let store = open(&address).await;
        store.append(append("a", "Placed", 1), far()).await.expect("appending");
        store.close().await;
    }
    let store = open(&path).await;
    assert_eq!(store.head().await.expect("the head"), Position(5));
    assert!(store.describe().contains(&path));
}

#[tokio::test]
async fn an_append_expires_while_it_waits_for_a_transaction() {
    let folder = folder();
    let store = open(&path_in(&folder)).await;
    let claim = claim(&store).await;
    let transaction = store.begin(&claim).await.expect("beginning");
    let soon = Instant::now() + Duration::from_millis(20);
    let refused = store.append(append("a", "Placed", 1), soon).await.expect_err("the deadline passes");
    assert!(matches!(refused, AppendError::Expired), "{refused:?}");
    drop(transaction);
    let appended = store.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(1), "what expired must not be stored");
}

#[tokio::test]
async fn an_append_that_sqlite_refuses_fails_alone() {
    let folder = folder();
    let path = path_in(&folder);
    let store = open(&path).await;
    let claim = claim(&store).await;
    run(
        &mut other_program(&path).await,
        "create trigger refuse before insert on event when new.name = 'Poison' begin select raise(abort, 'no poison'); end",
    )
    .await;
    // All of them wait for the transaction, and so become one group.
    let transaction = store.begin(&claim).await.expect("beginning");
    let mut appends = JoinSet::new();
    for number in 0..8 {
        let store = store.clone();
        let name = if number == 3 { "Poison" } else { "Placed" };
        appends.spawn(async move { (name, store.append(append("a", name, 2), far()).await) });
    }
    tokio::task::yield_now().await;
    transaction.commit(Position::START.into()).await.expect("committing");
    for (name, outcome) in appends.join_all().await {
        match outcome {
            Ok(_) => assert_eq!(name, "Placed"),
            Err(error) => {
                assert_eq!(name, "Poison", "{error}");
                assert!(error.to_string().contains("no poison"), "{error}");
            }
        }
    }
    assert_eq!(store.read_log(&everything()).await.expect("the log").events.len(), 14);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let folder = folder();
    let path = path_in(&folder);
    let store = open(&path).await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    let mut other = other_program(&path).await;
    for damage in [
        "update event set payload = '{\"half\":' where position = 2",
        "update event set payload = '{}', id = 'nobody' where position = 2",
    ] {
        run(&mut other, damage).await;
        let stream = StreamId::new("Order", "a");
        let log = store.read_log(&everything()).await.map(drop).expect_err("a damaged row");
        let stream = store.read_stream(&stream, 0, 9, 9_999).await.map(drop).expect_err("a damaged row");
        for refused in [log, stream] {
            assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
            assert!(refused.to_string().contains("event 2"), "{refused}");
        }
    }
}

#[tokio::test]
async fn a_log_that_went_back_is_told_once() {
    let folder = folder();
    let path = path_in(&folder);
    let store = open(&path).await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    let mut other = other_program(&path).await;
    run(&mut other, "delete from event where position > 1").await;
    run(&mut other, "update head set position = 1").await;
    let refused = store.append(append("a", "Placed", 1), far()).await.expect_err("the log went back");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!((appended.first, appended.first_version), (Position(2), 2));

    // An older copy that has grown as far as the one before, with other events.
    for (position, events) in [(2, 1), (2, 2)] {
        let id = uuid::Uuid::now_v7();
        let other_event = format!("update event set id = '{id}' where position = {position}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(other_event)).execute(&mut other).await.expect("another event");
        let refused = store.append(append("b", "Placed", events), far()).await.expect_err("another event");
        assert!(matches!(refused, AppendError::LogWentBack { .. }), "{refused:?}");
    }
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_is_told_to_somebody_who_is_there() {
    let folder = folder();
    let path = path_in(&folder);
    let store = open(&path).await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    let mut other = other_program(&path).await;
    for sql in ["begin immediate", "delete from event where position > 1", "update head set position = 1"] {
        run(&mut other, sql).await;
    }
    // The file is locked, so they are still waiting when their callers go away.
    for events in [1, 2] {
        let waiting = store.append(append("a", "Placed", events), far());
        tokio::time::timeout(Duration::from_millis(50), waiting).await.expect_err("it waits for the file");
    }
    run(&mut other, "commit").await;
    let refused = store.append(append("b", "Placed", 1), far()).await.expect_err("nobody was told");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(2));
}

#[tokio::test]
async fn a_handler_writes_through_the_connection() {
    let folder = folder();
    let store = open(&path_in(&folder)).await;
    let claim = claim(&store).await;
    let count = async || {
        let mut lent = store.read_connection().await.expect("a connection for reading");
        let rows = sqlx::query("select 1 from todo").fetch_all(sqlite(lent.connection())).await;
        rows.map_or(0, |rows| rows.len())
    };
    let write = async |commit: bool| {
        let mut transaction = store.begin(&claim).await.expect("beginning");
        let connection = sqlite(transaction.connection());
        run(connection, "create table if not exists todo (id integer primary key)").await;
        run(connection, "insert into todo default values").await;
        // A transaction of one's own is a part of ours; what it drops is undone, and no more.
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, "insert into todo default values").await;
        drop(nested);
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, "insert into todo default values").await;
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
    let refused = sqlx::query("delete from todo").execute(sqlite(lent.connection())).await;
    assert!(refused.is_err(), "a connection for reading must not write");
    run(sqlite(lent.connection()), "begin").await;
    run(sqlite(lent.connection()), "pragma query_only = 0").await;
    drop(lent);
    let mut lent = store.read_connection().await.expect("a connection for reading");
    let again = sqlite(lent.connection());
    let mode = sqlx::query("pragma query_only").fetch_all(&mut *again).await.expect("a pragma");
    assert_eq!(mode[0].get::<i64, _>(0), 1, "it must come as if new");
    run(again, "begin").await;
}

#[tokio::test]
async fn a_transaction_that_a_handler_ended_is_no_success() {
    let folder = folder();
    let store = open(&path_in(&folder)).await;
    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    let nested = sqlite(transaction.connection()).begin().await.expect("a transaction inside");
    std::mem::forget(nested);
    transaction.commit(Position(5).into()).await.expect_err("a transaction inside is still open");
    let record = store.consumer(&claim.consumer).await.expect("reading").expect("the consumer");
    assert_eq!(record.checkpoint, Position::START);
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
}

#[test]
fn a_store_outlives_the_runtime_that_opened_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let folder = folder();
    let path = path_in(&folder);
    let first = runtime();
    let store = first.block_on(open(&path));
    let claim = first.block_on(claim(&store));
    let transaction = first.block_on(store.begin(&claim)).expect("beginning");
    // It waits for the transaction, and is gone with its runtime.
    let waits = store.clone();
    first.spawn(async move { waits.append(append("a", "Placed", 1), far()).await });
    first.block_on(tokio::task::yield_now());
    drop(first);
    drop(transaction);
    let second = runtime();
    second.block_on(async {
        store.append(append("b", "Placed", 1), far()).await.expect("appending in another runtime");
        store.close().await;
        assert!(Path::new(&path).exists());
    });
}

#[tokio::test]
async fn closing_answers_what_waits() {
    let folder = folder();
    let store = Arc::new(open(&path_in(&folder)).await);
    let mut appends = JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(&store);
        appends.spawn(async move { store.append(append("a", "Placed", 1), far()).await });
    }
    tokio::task::yield_now().await;
    store.close().await;
    let mut stored = 0;
    for outcome in appends.join_all().await {
        match outcome {
            Ok(_) => stored += 1,
            Err(AppendError::Store(StoreError::Unavailable { .. })) => {}
            Err(error) => panic!("{}", words(&error)),
        }
    }
    let events = open(&path_in(&folder)).await.read_log(&everything()).await.expect("the log").events;
    assert_eq!(events.len(), stored);
}

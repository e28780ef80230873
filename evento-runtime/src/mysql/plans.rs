//! That the statements that must be fast use their index.

use std::str::FromStr;

use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection, Row, mysql::MySqlConnectOptions};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::{
    MySqlStore,
    append::Log,
    script::{Script, Value},
};
use crate::{
    message::{CommandId, Context, EventMessage, MessageId, Metadata, StreamId, Timestamp},
    store::{Append, EventStore, Expected, Recording, StateStore},
};

const EVENTS: usize = 500;

/// Appends to so many streams that looking at all of them would be noticed.
async fn fill(store: &MySqlStore) {
    let command = || CommandId(Uuid::now_v7());
    for number in 0..20 {
        let stream = StreamId::new("Order", number.to_string());
        let event = || EventMessage {
            id: MessageId(Uuid::now_v7()),
            stream: stream.clone(),
            version: 0,
            name: "Placed".into(),
            payload_version: 1,
            correlation_id: command().into(),
            causation_id: command().into(),
            timestamp: Timestamp::from_millis(1),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            payload: RawValue::from_string(format!("\"{}\"", "x".repeat(100))).expect("JSON"),
        };
        let append = Append {
            expected: Expected::Any,
            command: command(),
            recording: Recording {
                name: "Place".to_owned(),
                digest: 1,
                cause: None,
                at: Timestamp::from_millis(1),
            },
            events: std::iter::repeat_with(event).take(EVENTS).collect(),
            closes: false,
            stream: stream.clone(),
        };
        let far = Instant::now() + Duration::from_secs(60);
        store.append(append, far).await.expect("appending");
    }
}

async fn run(connection: &mut MySqlConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.expect("a statement");
}

/// How many rows a script has read, by its key or otherwise.
async fn reads(connection: &mut MySqlConnection, sql: &str) -> i64 {
    run(connection, "flush status").await;
    run(connection, sql).await;
    let count = include_str!("sql/rows_read.sql");
    sqlx::raw_sql(count).fetch_one(connection).await.expect("a row").get_unchecked(0)
}

/// What reads, and how many rows it may.
type Piece<'p> = (&'p dyn Fn(&mut Script<'_>), i64);

#[tokio::test]
async fn statements_read_few_rows() {
    let server = std::env::var("EVENTO_TEST_MYSQL").expect(
        "set EVENTO_TEST_MYSQL to the address of a MariaDB or MySQL server for tests, or run `cargo xtask test`, which starts one",
    );
    let database = format!("plans_{}", std::process::id());
    let mut connection =
        MySqlConnectOptions::from_str(&server).expect("an address").connect().await.expect("a connection");
    run(&mut connection, &format!("create database {database}; use {database}")).await;
    let store = MySqlStore::open(format!("{server}/{database}")).await.expect("a database");
    fill(&store).await;
    let texts = &store.inner.place.texts;
    let log = Log::read(&mut connection, &store.inner.place).await.expect("the head of the log");
    let (kind, id, uuid) = (Value::Key("Order"), Value::Key("7"), Value::Uuid(Uuid::from_u128(1)));
    let number = Value::Number;
    let pieces: [Piece<'_>; 7] = [
        (
            &|script| {
                script.push(include_str!("sql/find_version.sql"), &[Value::Found(1), kind, id]);
            },
            5,
        ),
        (
            &|script| {
                let (this, head, unknown) =
                    (Value::Uuid(log.incarnation), number(0), Value::OptionalUuid(None));
                let values = [number(0), this, number(log.fence), head, unknown, head, unknown, number(2)];
                script.push_list(include_str!("sql/take_positions_behind.sql"), &values, |rows| {
                    rows.row(&[kind, id, number(500)]);
                    rows.row(&[kind, Value::Key("8"), number(400)]);
                });
            },
            10,
        ),
        (
            &|script| {
                script.push_list(include_str!("sql/look.sql"), &[], |list| {
                    for (ordinal, id) in ["7", "8", "unknown"].iter().enumerate() {
                        let ordinal = number(i64::try_from(ordinal).expect("a number"));
                        let values = [ordinal, kind, Value::Key(id), uuid];
                        list.union(include_str!("sql/look_for.sql"), &values);
                    }
                });
            },
            60,
        ),
        (
            &|script| {
                script.push_list(include_str!("sql/settle.sql"), &[], |list| list.value(uuid));
            },
            5,
        ),
        (
            &|script| {
                let (after, until) = (number(5_000), number(i64::MAX));
                let limits = [number(10), number(9_999_999)];
                let [most, bytes] = limits;
                script.push(
                    include_str!("sql/read_log.sql"),
                    &[after, uuid, uuid, until, after, after, until, most, bytes],
                );
            },
            150,
        ),
        (
            &|script| {
                let bounds = [kind, id, number(250), number(10), number(9_999_999)];
                script.push(include_str!("sql/read_stream.sql"), &bounds);
            },
            150,
        ),
        (&|script| script.push(include_str!("sql/forget_rejections.sql"), &[uuid]), 5),
    ];
    // As it is when the tables are new, and as it is when the server knows them.
    for analyze in [false, true] {
        if analyze {
            run(&mut connection, "analyze table evento_event, evento_ledger, evento_head").await;
        }
        for (push, limit) in &pieces {
            let mut script = Script::new(texts);
            push(&mut script);
            let sql = script.finish();
            let read = reads(&mut connection, sql.as_str()).await;
            assert!(read <= *limit, "{read} rows were read by {}", sql.as_str());
        }
    }
    store.close().await;
    run(&mut connection, &format!("drop database {database}")).await;
}

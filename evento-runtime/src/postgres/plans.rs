//! That the statements that must be fast use their index, whatever their parameters are.

use std::str::FromStr;

use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row, postgres::PgConnectOptions};
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::PostgresStore;
use crate::{
    message::{CommandId, Context, EventMessage, MessageId, Metadata, StreamId, Timestamp},
    store::{Append, EventStore, Expected, Recording},
};

const EVENTS: usize = 500;

/// Appends to so many streams that looking at all of them would be noticed.
async fn fill(store: &PostgresStore) {
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

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("a statement");
}

/// The plan that is made without looking at parameters.
async fn plan(connection: &mut PgConnection, schema: &str, sql: &str) -> String {
    let parameters = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let sql = sql.replace("evento.", &format!("{schema}."));
    run(
        connection,
        "deallocate all; set plan_cache_mode = force_generic_plan; set enable_seqscan = off".to_owned(),
    )
    .await;
    run(connection, format!("prepare planned as {sql}")).await;
    let nothing = vec!["null"; parameters].join(", ");
    let explain = AssertSqlSafe(format!("explain execute planned ({nothing})"));
    let rows = sqlx::raw_sql(explain).fetch_all(connection).await.expect("a plan");
    rows.iter().map(|row| format!("{}\n", row.get::<String, _>(0))).collect()
}

/// How many events a statement has read, when its plan is made with a look at the parameters or without.
async fn reads(connection: &mut PgConnection, schema: &str, sql: &str, parameters: &str, mode: &str) -> u64 {
    run(connection, format!("deallocate all; reset all; set plan_cache_mode = {mode}")).await;
    let (types, values) = parameters.split_once('/').expect("types and values");
    let sql = sql.replace("evento.", &format!("{schema}."));
    run(connection, format!("prepare planned ({types}) as {sql}")).await;
    let explain = format!("explain (analyze, timing off, costs off) execute planned ({values})");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(connection).await.expect("a plan");
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let scans = lines.iter().filter(|line| line.contains("Scan") && line.contains("event"));
    let kept: Vec<_> = scans.filter_map(|line| count_behind(line, "actual rows=")).collect();
    assert!(!kept.is_empty(), "no scan is told of by {lines:#?}");
    let removed = lines.iter().filter_map(|line| count_behind(line, "Rows Removed by Filter: "));
    kept.iter().copied().chain(removed).sum()
}

/// The number behind a word of a plan.
fn count_behind(line: &str, word: &str) -> Option<u64> {
    let (_, count) = line.split_once(word)?;
    count.split(['.', ' ']).next()?.parse().ok()
}

#[tokio::test]
async fn reading_ends_with_the_limit() {
    let address = std::env::var("EVENTO_TEST_POSTGRES").expect(
        "set EVENTO_TEST_POSTGRES to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one",
    );
    let schema = format!("reads_{}", std::process::id());
    let store = PostgresStore::options(&address).schema(&*schema).open().await.expect("a schema");
    let mut connection =
        PgConnectOptions::from_str(&address).expect("an address").connect().await.expect("a connection");
    let unseen = include_str!("sql/no_statistics.sql").replace("evento.", &format!("{schema}."));
    run(&mut connection, unseen).await;
    fill(&store).await;
    let log = "bigint, bigint, text[], text[], text, bigint, bigint, bigint, uuid";
    let stream = "text, text, bigint, bigint, bigint";
    let texts = [
        (
            include_str!("sql/read_log.sql"),
            format!("{log} / 5000, {}, null, null, null, null, 100, 1000000, null", i64::MAX),
        ),
        (
            include_str!("sql/read_log.sql"),
            format!("{log} / 5000, 9000, '{{Placed}}', null, null, null, 1, 1000000, null"),
        ),
        (
            include_str!("sql/read_log.sql"),
            format!(
                "{log} / 9000, {}, '{{Placed}}', '{{default}}', 'Order', 1, 100, 1000000, null",
                i64::MAX
            ),
        ),
        (include_str!("sql/read_near.sql"), "bigint, bigint / 5000, 4096".to_owned()),
        (include_str!("sql/read_stream.sql"), format!("{stream} / 'Order', '7', 100, 100, 1000000")),
        (include_str!("sql/read_stream_packed.sql"), format!("{stream} / 'Order', '7', 100, 100, 8192")),
        (
            include_str!("sql/read_log_packed.sql"),
            format!("{log} / 5000, {}, null, null, null, null, 100, 8192, null", i64::MAX),
        ),
        (
            include_str!("sql/read_log_packed.sql"),
            format!("{log} / 9000, {}, '{{Placed}}', '{{default}}', 'Order', 1, 100, 8192, null", i64::MAX),
        ),
    ];
    // As it is when the tables are new, and as it is when the server knows them.
    for analyze in [false, true] {
        if analyze {
            run(&mut connection, format!("analyze {schema}.event, {schema}.head")).await;
        }
        for (text, parameters) in &texts {
            for mode in ["force_custom_plan", "force_generic_plan"] {
                let read = reads(&mut connection, &schema, text, parameters, mode).await;
                let limits = (1..=110).contains(&read);
                assert!(limits, "{read} events were read with {mode}, {parameters}\n{text}");
            }
        }
    }
    run(&mut connection, format!("drop schema {schema} cascade")).await;
}

/// Whether a plan goes to a place in an index, rather than through all of it.
fn is_searched(plan: &str, index: &str) -> bool {
    let scans = plan.split("->").filter(|node| node.contains(index));
    scans.into_iter().any(|node| node.contains("Index Cond: "))
}

#[tokio::test]
async fn statements_use_their_index() {
    let address = std::env::var("EVENTO_TEST_POSTGRES").expect(
        "set EVENTO_TEST_POSTGRES to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one",
    );
    let schema = format!("plans_{}", std::process::id());
    let store = PostgresStore::options(&address).schema(&*schema).open().await.expect("a schema");
    fill(&store).await;
    let mut connection =
        PgConnectOptions::from_str(&address).expect("an address").connect().await.expect("a connection");
    let texts = [
        (include_str!("sql/append_one.sql"), "event_stream_kind_stream_id_version_key"),
        (include_str!("sql/append_one.sql"), "event_pkey"),
        (include_str!("sql/append_group.sql"), "event_stream_kind_stream_id_version_key"),
        (include_str!("sql/append_group.sql"), "ledger_pkey"),
        (include_str!("sql/look.sql"), "event_stream_kind_stream_id_version_key"),
        (include_str!("sql/look.sql"), "ledger_pkey"),
        (include_str!("sql/settle.sql"), "ledger_pkey"),
        (include_str!("sql/read_log.sql"), "event_pkey"),
        (include_str!("sql/read_near.sql"), "event_pkey"),
        (include_str!("sql/read_stream.sql"), "event_stream_kind_stream_id_version_key"),
        (include_str!("sql/read_log_packed.sql"), "event_pkey"),
        (include_str!("sql/read_stream_packed.sql"), "event_stream_kind_stream_id_version_key"),
        (include_str!("sql/put_view_rows.sql"), "view_index_id"),
        (include_str!("sql/find_sagas.sql"), "saga_association_pkey"),
        (include_str!("sql/timers.sql"), "timer_due"),
        (include_str!("sql/find_view_equals.sql"), "view_index_pkey"),
        (include_str!("sql/find_view_prefix.sql"), "view_index_pkey"),
    ];
    // As it is when the tables are new, and as it is when the server knows them.
    for analyze in [false, true] {
        if analyze {
            run(&mut connection, format!("analyze {schema}.event, {schema}.ledger, {schema}.head")).await;
        }
        for (text, index) in texts {
            let plan = plan(&mut connection, &schema, text).await;
            assert!(is_searched(&plan, index), "{index} is not searched\n{text}\n{plan}");
            assert!(!plan.contains("Seq Scan on event"), "{text}\n{plan}");
            assert!(!plan.contains("Seq Scan on ledger"), "{text}\n{plan}");
        }
    }
    let packed = plan(&mut connection, &schema, include_str!("sql/read_log_packed.sql")).await;
    assert!(!packed.contains("Sort  ("), "events come in the order of the index\n{packed}");
    let log = plan(&mut connection, &schema, include_str!("sql/read_log.sql")).await;
    assert_eq!(log.matches("Sort  (").count(), 1, "only what was found is sorted, and once\n{log}");
    run(&mut connection, format!("drop schema {schema} cascade")).await;
}

//! A log that has grown.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, anyhow, bail, ensure};
use bench_harness::{
    Growth, Request, Sample, Store, control,
    drive::{self, Plan, Sender},
};
use evento::{
    Client,
    message::Position,
    store::{EventStore, LogFilter, LogQuery, StateStore},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::{
    bank::{Bank, Counter, when_loaded},
    open,
};
use crate::payload::account;

const POSTGRES_FILL: &str = include_str!("sql/postgres_fill.sql");
const SQLITE_FILL: &str = include_str!("sql/sqlite_fill.sql");
/// How many accounts take commands, and how many tasks send them.
const ACCOUNTS: usize = 200;
const TASKS: usize = 16;
/// How many events each account has: a snapshot, and some behind it.
const ACCOUNT_EVENTS: usize = 104;
/// How many events a consumer reads at once.
const BATCH: usize = 500;

/// Fills a log: one stream through the public API, the others as copies of its rows, so that they are as the store writes
/// them. The events of a stream lie scattered over the whole log, as those of accounts do that live side by side.
pub(crate) async fn fill(request: &Request, streams: usize) -> Result<Sample> {
    let store = open(request).await?;
    let app = Bank::builder().shared_store(store.clone()).start().await?;
    let counter = app.invoker::<Counter>();
    for _ in 0..ACCOUNT_EVENTS {
        counter.deposit(account(0), 1).await.map_err(|error| anyhow!("{error:#}"))?;
    }
    app.shutdown().await?;
    store.close().await;
    let number = (streams - 1).to_string();
    let script = |text: &str| text.replace(":streams", &number);
    match request.store {
        Store::Postgres => {
            let mut connection = PgConnection::connect(&request.address).await?;
            for statement in script(POSTGRES_FILL).split(';').filter(|text| !text.trim().is_empty()) {
                // The number of streams is the only thing put into it.
                sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
            }
            connection.close().await?;
        }
        Store::SqliteFull | Store::SqliteNormal => {
            let mut connection = SqliteConnection::connect(&format!("sqlite:{}", request.address)).await?;
            for statement in script(SQLITE_FILL).split(';').filter(|text| !text.trim().is_empty()) {
                sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
            }
            connection.close().await?;
        }
        Store::Memory | Store::Mariadb => bail!("no log grows there"),
    }
    control::ready()?;
    Ok(Sample::default())
}

pub(crate) async fn run(request: &Request, streams: usize, what: Growth, count: usize) -> Result<Sample> {
    let store = open(request).await?;
    let sample = match what {
        Growth::Append => append(&store, streams, count).await?,
        Growth::Load => load(&store, streams, count).await?,
        Growth::Fetch => fetch(&*store, count).await?,
    };
    store.close().await;
    Ok(sample)
}

struct Saver {
    counter: Client<Counter>,
    /// How far the accounts lie apart.
    step: usize,
}

impl Sender for Saver {
    async fn deposit(&mut self, number: usize, _amount: u32) -> Result<u64> {
        self.counter.deposit(account(number * self.step), 1).await.map_err(|error| anyhow!("{error:#}"))?;
        Ok(0)
    }
}

async fn append(store: &Arc<dyn StateStore>, streams: usize, count: usize) -> Result<Sample> {
    ensure!(streams >= ACCOUNTS, "{streams} streams are too few for {ACCOUNTS} accounts");
    let app = Bank::builder().shared_store(store.clone()).start().await?;
    let saver = |_| Saver { counter: app.invoker(), step: streams / ACCOUNTS };
    let plan = Plan { tasks: TASKS, count, accounts: ACCOUNTS, first_account: 0, hot: false };
    let sample = drive::commands((0..TASKS).map(saver).collect(), plan).await?;
    app.shutdown().await?;
    Ok(sample)
}

/// Loads aggregates that lie all over the log, each for the first time.
async fn load(store: &Arc<dyn StateStore>, streams: usize, count: usize) -> Result<Sample> {
    ensure!(streams > count, "{streams} streams are too few to load {count} of them");
    let app = Bank::builder().shared_store(store.clone()).start().await?;
    let counter = app.invoker::<Counter>();
    // Prepares the statements.
    counter.look(account(0)).await.map_err(|error| anyhow!("{error:#}"))?;
    drive::ready().await?;
    let (began, mut times) = (Instant::now(), Vec::new());
    for index in scattered(count) {
        let number = 1 + index * ((streams - 1) / count);
        when_loaded();
        let asked = Instant::now();
        counter.look(account(number)).await.map_err(|error| anyhow!("{error:#}"))?;
        let there = when_loaded().ok_or_else(|| anyhow!("the handler has not run"))?;
        times.push(there.duration_since(asked));
    }
    let sample = Sample::new(times.len(), began.elapsed(), times);
    app.shutdown().await?;
    Ok(sample)
}

/// Reads batches that lie all over the log.
async fn fetch(store: &dyn StateStore, count: usize) -> Result<Sample> {
    let head = store.head().await?;
    let query = |after| LogQuery {
        after: Position(after).into(),
        until: None,
        filter: LogFilter::default(),
        max_events: BATCH,
        max_bytes: 4 * 1024 * 1024,
    };
    store.read_log(&query(0)).await?;
    drive::ready().await?;
    let (began, mut times) = (Instant::now(), Vec::new());
    for index in scattered(count) {
        let after = u64::try_from(index)? * (head.0.saturating_sub(BATCH as u64) / count as u64);
        let asked = Instant::now();
        let page = EventStore::read_log(store, &query(after)).await?;
        times.push(asked.elapsed());
        ensure!(page.events.len() == BATCH, "a batch of {} events", page.events.len());
    }
    Ok(Sample::new(times.len(), began.elapsed(), times))
}

/// The numbers below `count` in an order that jumps about.
fn scattered(count: usize) -> impl Iterator<Item = usize> {
    // A prime number that no count is a multiple of.
    const JUMP: usize = 7_919;
    (0..count).map(move |index| (index * JUMP) % count)
}

//! Reading by hand: an account, and the log by a cursor.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use bench_harness::{Request, Sample, Store, drive};
use sqlx::{PgPool, Row, SqlitePool};

use super::{
    account::{Account, Deposited},
    postgres, sqlite,
};
use crate::payload::{ACCOUNTS_TO_CATCH_UP, account};

/// How many events a batch of the naive cursor has.
const BATCH: i64 = 300;

const POSTGRES_BATCH: &str = include_str!("sql/postgres_batch.sql");
const POSTGRES_CHECKPOINT: &str = include_str!("sql/postgres_checkpoint.sql");
const POSTGRES_BALANCE: &str = include_str!("sql/postgres_balance.sql");
const SQLITE_BATCH: &str = include_str!("sql/sqlite_batch.sql");
const SQLITE_CHECKPOINT: &str = include_str!("sql/sqlite_checkpoint.sql");
const SQLITE_BALANCE: &str = include_str!("sql/sqlite_balance.sql");

/// A database.
enum Database {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Database {
    async fn open(request: &Request) -> Result<Self> {
        Ok(match request.store {
            Store::Postgres => Self::Postgres(postgres::open(request, 2).await?),
            Store::SqliteFull | Store::SqliteNormal => Self::Sqlite(sqlite::open(request).await?),
            Store::Memory | Store::Mariadb => bail!("nothing is read there by hand"),
        })
    }

    /// As many events, one for each account in turn, with what evento's side would have stored.
    async fn fill(&self, accounts: usize, events: usize) -> Result<()> {
        let event = |number: usize| -> Result<(String, i64, String)> {
            let id = account(number % accounts);
            let version = number / accounts + 1;
            let payload = serde_json::to_string(&Deposited::nth(&id, u64::try_from(version)?))?;
            Ok((id, i64::try_from(version)?, payload))
        };
        for start in (0..events).step_by(1_000) {
            let rows = (start..events.min(start + 1_000)).map(event).collect::<Result<Vec<_>>>()?;
            match self {
                Self::Postgres(pool) => {
                    let mut transaction = pool.begin().await?;
                    for (id, version, payload) in rows {
                        let append = sqlx::query(postgres::APPEND).bind(id).bind(version);
                        append.bind("Deposited").bind(payload).execute(&mut *transaction).await?;
                    }
                    transaction.commit().await?;
                }
                Self::Sqlite(pool) => {
                    let mut transaction = pool.begin().await?;
                    for (id, version, payload) in rows {
                        let append = sqlx::query(sqlite::APPEND).bind(id).bind(version);
                        append.bind("Deposited").bind(payload).execute(&mut *transaction).await?;
                    }
                    transaction.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// The state of the first account, from all of its events.
    async fn load(&self) -> Result<Account> {
        let id = account(0);
        let payloads: Vec<String> = match self {
            Self::Postgres(pool) => {
                sqlx::query_scalar(postgres::MISSED).bind(id).bind(0_i64).fetch_all(pool).await?
            }
            Self::Sqlite(pool) => {
                sqlx::query_scalar(sqlite::MISSED).bind(id).bind(0_i64).fetch_all(pool).await?
            }
        };
        let mut account = Account::default();
        for payload in payloads {
            account.apply(&serde_json::from_str(&payload)?);
        }
        Ok(account)
    }

    /// Handles the next batch behind a position, and returns how many events it had and its last position.
    async fn batch(&self, after: i64, write: bool) -> Result<(usize, i64)> {
        match self {
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let rows =
                    sqlx::query(POSTGRES_BATCH).bind(after).bind(BATCH).fetch_all(&mut *transaction).await?;
                let mut last = after;
                for row in &rows {
                    let event: Deposited = serde_json::from_str(row.try_get(1)?)?;
                    last = row.try_get(0)?;
                    if write {
                        let balance = i64::try_from(event.balance)?;
                        let put = sqlx::query(POSTGRES_BALANCE).bind(event.account).bind(balance);
                        put.execute(&mut *transaction).await?;
                    }
                }
                sqlx::query(POSTGRES_CHECKPOINT).bind(last).execute(&mut *transaction).await?;
                transaction.commit().await?;
                Ok((rows.len(), last))
            }
            Self::Sqlite(pool) => {
                let mut transaction = pool.begin().await?;
                let rows =
                    sqlx::query(SQLITE_BATCH).bind(after).bind(BATCH).fetch_all(&mut *transaction).await?;
                let mut last = after;
                for row in &rows {
                    let event: Deposited = serde_json::from_str(row.try_get(1)?)?;
                    last = row.try_get(0)?;
                    if write {
                        let balance = i64::try_from(event.balance)?;
                        let put = sqlx::query(SQLITE_BALANCE).bind(event.account).bind(balance);
                        put.execute(&mut *transaction).await?;
                    }
                }
                sqlx::query(SQLITE_CHECKPOINT).bind(last).execute(&mut *transaction).await?;
                transaction.commit().await?;
                Ok((rows.len(), last))
            }
        }
    }
}

/// Loads an account of so many events, again and again.
pub(crate) async fn load(request: &Request, events: usize, repeat: usize) -> Result<Sample> {
    let database = Database::open(request).await?;
    database.fill(1, events).await?;
    drive::ready().await?;
    database.load().await?;
    let began = Instant::now();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..repeat {
        let loading = Instant::now();
        let account = database.load().await?;
        times.push(loading.elapsed());
        ensure!(usize::try_from(account.version)? == events, "not all events were loaded");
    }
    Ok(Sample::new(times.len(), began.elapsed(), times))
}

/// Handles all events in batches, each with its checkpoint in one transaction.
pub(crate) async fn catch_up(request: &Request, events: usize, write: bool) -> Result<Sample> {
    let database = Database::open(request).await?;
    database.fill(ACCOUNTS_TO_CATCH_UP, events).await?;
    drive::ready().await?;
    let began = Instant::now();
    let (mut handled, mut position) = (0, 0);
    loop {
        let (count, last) = database.batch(position, write).await?;
        if count == 0 {
            break;
        }
        handled += count;
        position = last;
    }
    ensure!(handled == events, "only {handled} of {events} events were handled");
    Ok(Sample::new(events, began.elapsed(), Vec::new()))
}

//! Events in a table of SQLite. The file has one writer at a time, so the pool has one connection: with more of them, they
//! would wait for each other inside SQLite, which is slower.

use anyhow::Result;
use bench_harness::{Request, Store, drive::Sender};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::account::{Account, Accounts};

const SCHEMA: &str = include_str!("sql/sqlite_schema.sql");
pub(super) const APPEND: &str = include_str!("sql/sqlite_append.sql");
pub(super) const MISSED: &str = include_str!("sql/sqlite_missed.sql");

pub(super) struct Writer {
    pool: SqlitePool,
    accounts: Accounts,
}

/// Opens the file of a request.
pub(super) async fn open(request: &Request) -> Result<SqlitePool> {
    let synchronous = match request.store {
        Store::SqliteNormal => SqliteSynchronous::Normal,
        _ => SqliteSynchronous::Full,
    };
    let options = SqliteConnectOptions::new()
        .filename(&request.address)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    Ok(pool)
}

pub(super) async fn writers(request: &Request, tasks: usize) -> Result<Vec<Writer>> {
    let pool = open(request).await?;
    Ok((0..tasks).map(|_| Writer { pool: pool.clone(), accounts: Accounts::default() }).collect())
}

impl Sender for Writer {
    async fn deposit(&mut self, number: usize, amount: u32) -> Result<u64> {
        let (id, account) = self.accounts.get(number);
        let mut retries = 0;
        loop {
            let event = account.deposit(id, amount)?;
            let payload = serde_json::to_string(&event)?;
            let append =
                sqlx::query(APPEND).bind(&*id).bind(account.version + 1).bind("Deposited").bind(payload);
            match append.execute(&self.pool).await {
                Ok(_) => {
                    account.apply(&event);
                    return Ok(retries);
                }
                Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
                    read_missed(&self.pool, id, account).await?;
                    retries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn read_missed(pool: &SqlitePool, id: &str, account: &mut Account) -> Result<()> {
    let missed: Vec<String> =
        sqlx::query_scalar(MISSED).bind(id).bind(account.version).fetch_all(pool).await?;
    for payload in missed {
        account.apply(&serde_json::from_str(&payload)?);
    }
    Ok(())
}

//! The databases, with the tables that the crates of cqrs-es ask for.

use anyhow::Result;
use bench_harness::{Request, Store};
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

const POSTGRES_SCHEMA: &str = include_str!("sql/postgres_schema.sql");
const SQLITE_SCHEMA: &str = include_str!("sql/sqlite_schema.sql");

/// A connection for each task, as the floor has.
pub(crate) async fn postgres(request: &Request, tasks: usize) -> Result<PgPool> {
    let connections = u32::try_from(tasks)?;
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .test_before_acquire(false)
        .connect(&request.address)
        .await?;
    sqlx::raw_sql(POSTGRES_SCHEMA).execute(&pool).await?;
    Ok(pool)
}

/// One connection, as the floor has: with more of them, cqrs-es is told that the file is locked.
pub(crate) async fn sqlite(request: &Request) -> Result<SqlitePool> {
    let synchronous = match request.store {
        Store::SqliteNormal => SqliteSynchronous::Normal,
        _ => SqliteSynchronous::Full,
    };
    let options = SqliteConnectOptions::new()
        .filename(&request.address)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous);
    let pool =
        SqlitePoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(options).await?;
    sqlx::raw_sql(SQLITE_SCHEMA).execute(&pool).await?;
    Ok(pool)
}

//! Running statements.
//!
//! Each call is one trip to the thread on which sqlx runs the connection, however many statements the text has, so what
//! belongs together goes there together. A text is always run to its end: sqlx drops the error of a statement that it
//! stops early, and a statement with `returning` commits only at its end.

use std::{future::poll_fn, pin::Pin};

use futures_core::Stream;
use sqlx::{
    Either, Executor, Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments, sqlite::SqliteRow,
};

use super::error::failed;
use crate::store::StoreError;

pub(super) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// The next item of a stream.
pub(super) async fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

/// Runs all statements of a text. Returns their rows, and how many rows the last one changed.
pub(super) async fn collect(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<(Vec<SqliteRow>, u64), sqlx::Error> {
    let mut rows = Vec::new();
    let mut changed = 0;
    let mut stream = connection.fetch_many(statement);
    while let Some(step) = next(&mut stream).await {
        match step? {
            Either::Left(done) => changed = done.rows_affected(),
            Either::Right(row) => rows.push(row),
        }
    }
    Ok((rows, changed))
}

/// The rows of all statements of a text.
pub(super) async fn rows(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<Vec<SqliteRow>, StoreError> {
    let (rows, _) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(rows)
}

/// Runs a text. Returns how many rows its last statement changed.
pub(super) async fn execute(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let (_, changed) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(changed)
}

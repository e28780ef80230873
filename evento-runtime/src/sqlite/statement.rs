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

/// The rows of all statements of a text, as sqlx answers.
pub(super) async fn collect(
    connection: &mut SqliteConnection,
    statement: Statement<'_>,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let mut rows = Vec::new();
    let mut stream = connection.fetch_many(statement);
    while let Some(step) = next(&mut stream).await {
        if let Either::Right(row) = step? {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The rows of all statements of a text.
pub(super) async fn rows(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<Vec<SqliteRow>, StoreError> {
    collect(connection, statement).await.map_err(|error| failed(doing, error))
}

/// Runs a text. Returns how many rows its last statement changed.
pub(super) async fn execute(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let mut changed = 0;
    let mut stream = connection.fetch_many(statement);
    while let Some(step) = next(&mut stream).await {
        if let Either::Left(done) = step.map_err(|error| failed(doing, error))? {
            changed = done.rows_affected();
        }
    }
    Ok(changed)
}

//! Running statements.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures_core::Stream;
use sqlx::{
    AssertSqlSafe, Either, Executor, PgConnection, Postgres, SqlSafeStr, SqlStr,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::error::{failed, too_slow};
use crate::store::StoreError;

pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// The longest that one answer is waited for. A server that has stopped must not keep those who wait for ever.
const ANSWER: Duration = Duration::from_secs(30);

/// The texts of all statements, in the schema that was chosen. The files are written for the schema `evento`.
pub(super) struct Texts {
    schema: String,
    /// By the addresses of the texts in the program.
    made: RwLock<HashMap<usize, Arc<str>>>,
}

impl Texts {
    /// `schema` is a name that needs no quoting but for its case.
    pub(super) fn new(schema: &str) -> Self {
        Self { schema: schema.to_owned(), made: RwLock::default() }
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn text(&self, text: &'static str) -> SqlStr {
        if self.schema == "evento" {
            return text.into_sql_str();
        }
        let key = text.as_ptr() as usize;
        // The map is whole between any two statements that hold the lock.
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let made = made.unwrap_or_else(|| {
            let named = text.replace("evento.", &format!("\"{}\".", self.schema));
            let made: Arc<str> = named.replace(" evento;", &format!(" \"{}\";", self.schema)).into();
            self.made.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        });
        AssertSqlSafe(made).into_sql_str()
    }
}

/// The next item of a stream.
async fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

/// Runs a statement. Returns its rows, and how many rows it changed.
pub(super) async fn collect(
    connection: &mut PgConnection,
    statement: Statement<'_>,
) -> Result<(Vec<PgRow>, u64), sqlx::Error> {
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

/// The rows of a statement.
pub(super) async fn rows(
    connection: &mut PgConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<Vec<PgRow>, StoreError> {
    let (rows, _) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(rows)
}

/// Runs a statement. Returns how many rows it changed.
pub(super) async fn execute(
    connection: &mut PgConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let (_, changed) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(changed)
}

/// Waits for an answer of the server, with a bound. Behind it the connection is of no more use.
pub(super) async fn answer<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(too_slow()))
}

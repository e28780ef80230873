//! Running statements: one with parameters, or a script of several in one trip.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures_core::Stream;
use sqlx::{
    AssertSqlSafe, Either, Executor, MySql, MySqlConnection, SqlSafeStr, SqlStr,
    mysql::{MySqlArguments, MySqlQueryResult, MySqlRow},
    query::Query,
};

use super::error::{failed, too_slow};
use crate::store::StoreError;

pub(super) type Statement<'q> = Query<'q, MySql, MySqlArguments>;

/// The longest that one answer is waited for. A server that has stopped must not keep those who wait for ever.
const ANSWER: Duration = Duration::from_secs(30);

/// How the names begin in the files.
const PREFIX: &str = "evento_";

/// The texts of all statements, with the prefix that was chosen.
pub(super) struct Texts {
    prefix: String,
    /// By the addresses of the texts in the program.
    made: RwLock<HashMap<usize, Arc<str>>>,
}

impl Texts {
    /// `prefix` is the beginning of names that need no quoting.
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), made: RwLock::default() }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn text(&self, text: &'static str) -> SqlStr {
        if self.prefix == PREFIX {
            return text.into_sql_str();
        }
        AssertSqlSafe(self.made(text)).into_sql_str()
    }

    /// The same for those who put something into it.
    pub(super) fn with<R>(&self, text: &'static str, read: impl FnOnce(&str) -> R) -> R {
        if self.prefix == PREFIX { read(text) } else { read(&self.made(text)) }
    }

    fn made(&self, text: &'static str) -> Arc<str> {
        let key = text.as_ptr() as usize;
        // The map is whole between any two statements that hold the lock.
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        made.unwrap_or_else(|| {
            let made: Arc<str> = text.replace(PREFIX, &self.prefix).into();
            self.made.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }
}

/// A row, or the end of a statement.
type Step = Result<Either<MySqlQueryResult, MySqlRow>, sqlx::Error>;

/// What one statement of a script has answered.
#[derive(Default)]
pub(super) struct Answered {
    pub(super) rows: Vec<MySqlRow>,
    /// How many rows it has found, when it changes rows.
    pub(super) changed: u64,
    /// What the statement has told by `last_insert_id`.
    pub(super) last_insert_id: u64,
}

/// A script that failed: so many of its statements had been done.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) done: usize,
    pub(super) error: sqlx::Error,
}

/// The next item of a stream.
async fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

async fn answers<S: Stream<Item = Step> + ?Sized>(stream: &mut Pin<Box<S>>) -> Result<Vec<Answered>, Broken> {
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    while let Some(step) = next(stream).await {
        match step {
            Ok(Either::Left(done)) => {
                answers.push(Answered {
                    rows: std::mem::take(&mut rows),
                    changed: done.rows_affected(),
                    last_insert_id: done.last_insert_id(),
                });
            }
            Ok(Either::Right(row)) => rows.push(row),
            Err(error) => return Err(Broken { done: answers.len(), error }),
        }
    }
    Ok(answers)
}

/// Runs a statement. Returns its rows, and how many rows it has found to change.
pub(super) async fn collect(
    connection: &mut MySqlConnection,
    statement: Statement<'_>,
) -> Result<(Vec<MySqlRow>, u64), sqlx::Error> {
    let mut stream = connection.fetch_many(statement);
    let answered = answers(&mut stream).await.map_err(|broken| broken.error)?;
    let answered = answered.into_iter().next_back().unwrap_or_default();
    Ok((answered.rows, answered.changed))
}

/// Runs several statements in one trip, and stops at the first that fails.
pub(super) async fn run_script(
    connection: &mut MySqlConnection,
    script: SqlStr,
) -> Result<Vec<Answered>, Broken> {
    let mut stream = connection.fetch_many(sqlx::raw_sql(script));
    let run = answers(&mut stream);
    tokio::time::timeout(ANSWER, run).await.unwrap_or_else(|_| Err(Broken { done: 0, error: too_slow() }))
}

/// The rows of a statement.
pub(super) async fn rows(
    connection: &mut MySqlConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<Vec<MySqlRow>, StoreError> {
    let (rows, _) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(rows)
}

/// Runs a statement. Returns how many rows it has found to change.
pub(super) async fn execute(
    connection: &mut MySqlConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<u64, StoreError> {
    let (_, changed) = collect(connection, statement).await.map_err(|error| failed(doing, error))?;
    Ok(changed)
}

/// Runs a script whose answers do not matter.
pub(super) async fn execute_script(
    connection: &mut MySqlConnection,
    doing: &str,
    script: SqlStr,
) -> Result<(), StoreError> {
    run_script(connection, script).await.map(drop).map_err(|broken| failed(doing, broken.error))
}

/// Runs a script. Returns whether its last statement has found anything to change.
pub(super) async fn changes_rows(
    connection: &mut MySqlConnection,
    doing: &str,
    script: SqlStr,
) -> Result<bool, StoreError> {
    let answers = run_script(connection, script).await.map_err(|broken| failed(doing, broken.error))?;
    Ok(answers.last().is_some_and(|last| last.changed > 0))
}

/// Waits for an answer of the server, with a bound. Behind it the connection is of no more use.
pub(super) async fn answer<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(too_slow()))
}

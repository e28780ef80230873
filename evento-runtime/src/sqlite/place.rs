//! Which file, and how connections to it are made.

use std::time::Duration;

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{Instant, sleep_until};

use super::error::{Cause, cause, failed};
use crate::store::StoreError;

/// How long to wait until a file is tried again that another process holds, at first and later.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);
const LONGEST_DELAY: Duration = Duration::from_millis(10);

/// One file, as the connections of a store see it.
pub(super) struct Place {
    pub(super) describe: String,
    pub(super) writing: SqliteConnectOptions,
    pub(super) reading: SqliteConnectOptions,
    pub(super) busy_timeout: Duration,
    pub(super) readers: usize,
}

impl Place {
    pub(super) async fn writer(&self) -> Result<SqliteConnection, StoreError> {
        self.open_writer().await.map_err(|error| failed("opening the file", error))
    }

    /// Opening reads from the file, so it may have to wait as well.
    pub(super) async fn open_writer(&self) -> Result<SqliteConnection, sqlx::Error> {
        let mut patience = self.patience();
        loop {
            match self.writing.connect().await {
                Err(error) if patience.again(&error).await => {}
                opened => return opened,
            }
        }
    }

    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.busy_timeout)
    }

    pub(super) async fn reader(&self) -> Result<SqliteConnection, StoreError> {
        self.reading.connect().await.map_err(|error| failed("opening the file", error))
    }
}

/// Waits for other processes that hold the file, with a bound.
///
/// The connection that writes does not wait by itself, as SQLite could: it would block its thread, and an append whose
/// deadline passes could not be taken back.
pub(super) struct Patience {
    ends: Instant,
    delay: Duration,
}

impl Patience {
    pub(super) fn new(bound: Duration) -> Self {
        Self { ends: Instant::now() + bound, delay: SHORTEST_DELAY }
    }

    /// Whether to try again after this error; waits a moment first.
    pub(super) async fn again(&mut self, error: &sqlx::Error) -> bool {
        if cause(error) != Cause::Busy || Instant::now() >= self.ends {
            return false;
        }
        sleep_until(self.ends.min(Instant::now() + self.delay)).await;
        self.delay = LONGEST_DELAY.min(self.delay * 2);
        true
    }
}

//! Which file, and how connections to it are made.

use std::time::Duration;

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use super::error::failed;
use crate::store::StoreError;

/// How often a statement is tried that another process keeps from running; each time the busy timeout passes.
const BUSY_ATTEMPTS: u32 = 2;

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
        self.writing.connect().await.map_err(|error| failed("opening the file", error))
    }

    pub(super) async fn reader(&self) -> Result<SqliteConnection, StoreError> {
        self.reading.connect().await.map_err(|error| failed("opening the file", error))
    }
}

/// Counts the attempts against other processes.
#[derive(Default)]
pub(super) struct Patience {
    tried: u32,
}

impl Patience {
    /// Whether to try again after this error.
    pub(super) fn again(&mut self, error: &sqlx::Error) -> bool {
        self.tried += 1;
        super::error::cause(error) == super::error::Cause::Busy && self.tried < BUSY_ATTEMPTS
    }
}

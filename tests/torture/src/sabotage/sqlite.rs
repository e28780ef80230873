//! In the way of a SQLite file.

use anyhow::Result;
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::database;

pub(super) struct SqliteSaboteur {
    /// Its transaction stays open.
    open: SqliteConnection,
}

impl SqliteSaboteur {
    pub(super) async fn new(address: &str) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(database::file(address));
        let mut open = options.connect().await?;
        // It reads, so that it sees the file as it is now until it ends.
        sqlx::raw_sql("begin; select max(position) from event").execute(&mut open).await?;
        Ok(Self { open })
    }

    /// Sees to it that the transaction is open. Returns how many there have been.
    pub(super) async fn hold(&mut self) -> Result<u64> {
        sqlx::raw_sql("select max(position) from event").execute(&mut self.open).await?;
        Ok(1)
    }
}

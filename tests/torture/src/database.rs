//! Opening the store that is tortured.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use evento_runtime::{
    postgres::PostgresStore,
    sqlite::SqliteStore,
    store::{SharedStore, StoreError},
};
use tokio::time::{Instant, interval};

/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(60);
const DELAY: Duration = Duration::from_millis(50);

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

impl Kind {
    /// Of an address.
    pub(crate) fn of(address: &str) -> Result<Self> {
        match address.split_once(':') {
            Some(("sqlite", _)) => Ok(Self::Sqlite),
            Some(("postgres", _)) => Ok(Self::Postgres),
            _ => bail!("`{address}` is no address of a store: it begins with `sqlite:` or `postgres:`"),
        }
    }
}

/// The path of a SQLite file in an address.
pub(crate) fn file(address: &str) -> &str {
    address.strip_prefix("sqlite:").unwrap_or(address)
}

/// Opens the store for a worker, by whose name a server knows it. Insists as long as the server is away.
pub(crate) async fn open(address: &str, worker: &str) -> Result<SharedStore> {
    let until = Instant::now() + PATIENCE;
    let mut delay = interval(DELAY);
    loop {
        delay.tick().await;
        match try_open(address, worker).await {
            Ok(store) => return Ok(store),
            Err(error) => {
                let transient = error.downcast_ref().is_some_and(StoreError::is_transient);
                if !transient || Instant::now() > until {
                    return Err(error).context("the store cannot be opened");
                }
            }
        }
    }
}

async fn try_open(address: &str, worker: &str) -> Result<SharedStore> {
    Ok(match Kind::of(address)? {
        Kind::Sqlite => Arc::new(SqliteStore::open(file(address)).await?),
        Kind::Postgres => {
            Arc::new(PostgresStore::open(format!("{address}?application_name={worker}")).await?)
        }
    })
}

//! Opening the store that is tortured.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use evento_runtime::{
    mysql::MySqlStore,
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
    /// A database on a MariaDB server.
    MySql,
}

impl Kind {
    /// Of an address.
    pub(crate) fn of(address: &str) -> Result<Self> {
        match address.split_once(':') {
            Some(("sqlite", _)) => Ok(Self::Sqlite),
            Some(("postgres", _)) => Ok(Self::Postgres),
            Some(("mysql", _)) => Ok(Self::MySql),
            _ => bail!(
                "`{address}` is no address of a store: it begins with `sqlite:`, `postgres:` or `mysql:`"
            ),
        }
    }
}

/// The path of a SQLite file in an address.
pub(crate) fn file(address: &str) -> &str {
    address.strip_prefix("sqlite:").unwrap_or(address)
}

/// The parts of the address of a database on a MariaDB server.
pub(crate) struct MySqlAddress<'a> {
    pub(crate) password: &'a str,
    /// Host and port.
    pub(crate) host: &'a str,
    pub(crate) database: &'a str,
    user: &'a str,
}

impl<'a> MySqlAddress<'a> {
    pub(crate) fn of(address: &'a str) -> Result<Self> {
        let parts = || {
            let (user, place) = address.strip_prefix("mysql://")?.split_once('@')?;
            let ((user, password), (host, database)) = (user.split_once(':')?, place.split_once('/')?);
            Some(Self { password, host, database, user })
        };
        let form = "mysql://user:password@host:port/database";
        parts().with_context(|| format!("`{address}` is no address such as `{form}`"))
    }

    /// The server, without a database.
    pub(crate) fn server(&self) -> String {
        format!("mysql://{}:{}@{}", self.user, self.password, self.host)
    }

    /// The database, for another user.
    fn as_worker(&self, worker: &str) -> String {
        format!("mysql://{worker}:{}@{}/{}", self.password, self.host, self.database)
    }
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
        Kind::MySql => Arc::new(MySqlStore::open(MySqlAddress::of(address)?.as_worker(worker)).await?),
    })
}

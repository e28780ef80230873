//! A store in a MySQL or MariaDB database, for many processes around it.
//!
//! Everything is in tables of one database whose names begin with `evento_` unless [`MySqlOptions::prefix`] says otherwise.
//!
//! Appends that wait in a process are written together, in one trip on one connection of their own. Everything else uses a
//! pool. Transactions have the isolation level `read committed`, whatever the default of the server is. Other processes are
//! not told of appends: they find them by polling.
//!
//! Events are JSON that any client shows: `select position, name, payload from evento_event`. Names and ids are kept as
//! bytes, so that they differ when they differ in case, accents or spaces at the end; the client of MySQL 8 shows them as
//! texts with `--skip-binary-as-hex`. Identities have 16 bytes: `hex(id)`, or `bin_to_uuid(id)` in MySQL 8.

mod append;
mod audit;
mod checkpoints;
mod column;
mod connections;
mod control;
mod dead_events;
mod durability;
mod error;
mod events;
mod interventions;
mod leases;
mod ledger;
mod migrations;
mod open;
mod place;
#[cfg(test)]
mod plans;
mod requests;
mod retention;
mod sagas;
mod script;
mod snapshots;
mod statement;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
mod versions;
mod views;

use std::{any::TypeId, fmt, sync::Arc};

use async_trait::async_trait;
use sqlx::{Connection, MySqlConnection, MySqlPool};
use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};

use self::{
    append::{Appender, Idle},
    connections::Held,
    place::Place,
    transaction::MySqlTransaction,
};
pub use self::{
    durability::{Durability, FlushLog},
    open::MySqlOptions,
};
use crate::{
    message::Position,
    store::{Claim, ConsumerTransaction, GroupCommitter, Polling, ReadConnection, StateStore, StoreError},
};

/// A store in a MySQL or MariaDB database. Cheap to clone; the clones are one store.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::mysql::MySqlStore;
/// let store = MySqlStore::open("mysql://todo:secret@localhost/todo").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct MySqlStore {
    inner: Arc<Inner>,
}

struct Inner {
    place: Arc<Place>,
    appends: Arc<GroupCommitter<Appender>>,
    head: watch::Sender<Position>,
    /// Counts who came, and what was given back.
    leases: watch::Sender<u64>,
    /// The connection that appends.
    connection: Arc<Mutex<Option<Idle>>>,
    durability: Durability,
    polling: Polling,
    /// Whether the pool is ours to close.
    owns_pool: bool,
}

impl Inner {
    /// Tells those in this process who share consumers that there is something to look at.
    fn tell_of_leases(&self) {
        self.leases.send_modify(|count| *count += 1);
    }
}

impl MySqlStore {
    /// Opens a database by its address: `mysql://user:password@host:3306/database`.
    ///
    /// # Errors
    /// See [`MySqlOptions::open`].
    pub async fn open(address: impl AsRef<str>) -> Result<Self, StoreError> {
        Self::options(address).open().await
    }

    /// Uses a pool that is there already, which may be shared with the application. One connection more is opened for
    /// appending, with the options of the pool.
    ///
    /// # Errors
    /// See [`MySqlOptions::open`].
    pub async fn from_pool(pool: MySqlPool) -> Result<Self, StoreError> {
        Self::pool_options(pool).open().await
    }

    /// Says how to open a database.
    pub fn options(address: impl AsRef<str>) -> MySqlOptions {
        MySqlOptions::of_address(address.as_ref())
    }

    /// Says how to open a database with a pool that is there already.
    pub fn pool_options(pool: MySqlPool) -> MySqlOptions {
        MySqlOptions::of_pool(pool)
    }

    /// What the server's settings promise about a commit that was answered.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.inner.durability
    }
}

impl fmt::Debug for MySqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MySqlStore").field(&self.inner.place.describe).finish()
    }
}

#[async_trait]
impl StateStore for MySqlStore {
    fn describe(&self) -> String {
        format!("{} ({})", self.inner.place.describe, self.inner.durability)
    }

    fn connection_type(&self) -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<MySqlConnection>(), "MySqlConnection"))
    }

    async fn read_connection(&self) -> Result<ReadConnection, StoreError> {
        let text = include_str!("sql/begin_read.sql");
        Ok(Box::new(Held::lend(&self.inner.place, "lending a connection", text).await?))
    }

    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        let text = include_str!("sql/begin.sql");
        let held = Held::lend(&self.inner.place, "beginning a transaction", text).await?;
        Ok(Box::new(MySqlTransaction::new(held, claim.clone())))
    }

    async fn close(&self) {
        self.inner.polling.stop();
        self.inner.appends.close().await;
        self.inner.place.close();
        if let Some(idle) = self.inner.connection.lock().await.take() {
            // It has nothing left to say that could be lost.
            let _ = idle.connection.close().await;
        }
        if self.inner.owns_pool {
            // Whoever still holds a connection closes it by giving it back.
            let _ = timeout(self.inner.place.patience, self.inner.place.pool.close()).await;
        }
    }
}

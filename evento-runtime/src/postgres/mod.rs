//! A store in a PostgreSQL database, for many processes around it.
//!
//! Everything is in one schema of the database, `evento` unless [`PostgresOptions::schema`] says otherwise. The store keeps no
//! state in a session: no locks, no settings. A pooler that gives a session to another client after each transaction may
//! stand between; open it with [`PostgresOptions::prepared_statements`] and [`PostgresOptions::notifications`] off then.
//!
//! Appends that wait in a process are written together, by one statement on one connection of their own. Everything else
//! uses a pool. Transactions are begun with the isolation level `read committed`, whatever the server's default is.
//!
//! Events are JSON that `psql` shows: `select position, name, payload from evento.event`. The character NUL, which PostgreSQL
//! does not keep in texts, is refused in names and ids with a typed error; inside of payloads it does no harm.

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
mod listen;
mod migrations;
mod near;
mod open;
mod packed;
mod place;
#[cfg(test)]
mod plans;
mod requests;
mod retention;
mod sagas;
mod snapshots;
mod statement;
mod tell;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
mod versions;
mod views;

use std::{
    any::TypeId,
    fmt,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::{
    sync::{Mutex, watch},
    time::timeout,
};

use self::{
    append::Appender, connections::Held, listen::Listening, place::Place, transaction::PostgresTransaction,
};
pub use self::{
    durability::{Durability, SynchronousCommit},
    open::PostgresOptions,
};
use crate::{
    message::Position,
    store::{Claim, ConsumerTransaction, GroupCommitter, ReadConnection, StateStore, StoreError},
};

/// A store in a PostgreSQL database. Cheap to clone; the clones are one store.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::postgres::PostgresStore;
/// let store = PostgresStore::open("postgres://todo:secret@localhost/todo").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    place: Arc<Place>,
    appends: Arc<GroupCommitter<Appender>>,
    head: watch::Sender<Position>,
    /// Counts who came, and what was given back.
    leases: watch::Sender<u64>,
    /// The connection that appends.
    connection: Arc<Mutex<Option<PgConnection>>>,
    durability: Durability,
    /// Begins with the first who wants to hear: a process that only appends is not woken by the others.
    listening: OnceLock<Listening>,
    /// Whether the pool is ours to close.
    owns_pool: bool,
}

impl PostgresStore {
    /// Opens a database by its address: `postgres://user:password@host:5432/database`.
    ///
    /// # Errors
    /// See [`PostgresOptions::open`].
    pub async fn open(address: impl AsRef<str>) -> Result<Self, StoreError> {
        Self::options(address).open().await
    }

    /// Uses a pool that is there already, which may be shared with the application. One connection more is opened for
    /// appending, with the options of the pool.
    ///
    /// # Errors
    /// See [`PostgresOptions::open`].
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        Self::pool_options(pool).open().await
    }

    /// Says how to open a database.
    pub fn options(address: impl AsRef<str>) -> PostgresOptions {
        PostgresOptions::of_address(address.as_ref())
    }

    /// Says how to open a database with a pool that is there already.
    pub fn pool_options(pool: PgPool) -> PostgresOptions {
        PostgresOptions::of_pool(pool)
    }

    /// What the server's settings promise about a commit that was answered.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.inner.durability
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresStore").field(&self.inner.place.describe).finish()
    }
}

#[async_trait]
impl StateStore for PostgresStore {
    fn describe(&self) -> String {
        format!("{} ({})", self.inner.place.describe, self.inner.durability)
    }

    fn connection_type(&self) -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<PgConnection>(), "PgConnection"))
    }

    async fn read_connection(&self) -> Result<ReadConnection, StoreError> {
        let text = include_str!("sql/begin_read.sql");
        Ok(Box::new(Held::lend(&self.inner.place, "lending a connection", text).await?))
    }

    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        let text = include_str!("sql/begin.sql");
        let held = Held::lend(&self.inner.place, "beginning a transaction", text).await?;
        Ok(Box::new(PostgresTransaction::new(held, claim.clone())))
    }

    async fn close(&self) {
        self.inner.appends.close().await;
        if let Some(listening) = self.inner.listening.get() {
            listening.stop();
        }
        self.inner.place.close();
        if let Some(connection) = self.inner.connection.lock().await.take() {
            // It has nothing left to say that could be lost.
            let _ = connection.close().await;
        }
        if self.inner.owns_pool {
            // Whoever still holds a connection closes it by giving it back.
            let _ = timeout(self.inner.place.patience, self.inner.place.pool.close()).await;
        }
    }
}

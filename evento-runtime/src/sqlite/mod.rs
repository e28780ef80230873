//! A store in one SQLite file: the embedded default.
//!
//! A file has one writer at a time. In a process, one connection writes: appends, grouped, and the transactions of consumers
//! take turns with it, first come, first served. A few more connections read, and wait for nobody. Other processes may use
//! the same file; they are waited for with a bound, which [`SqliteOptions::busy_timeout`] sets. After that the answer is
//! [`StoreError::Unavailable`], never SQLite's "database is locked".
//!
//! A pool of your own on the same file would wait for the writer, and the writer for nobody: take the connection from the
//! handler instead.
//!
//! All that is stored is text that the `sqlite3` shell shows: `select position, name, payload from event`.

mod append;
mod audit;
mod checkpoints;
mod column;
mod control;
mod dead_events;
mod error;
mod events;
mod interventions;
mod leases;
mod ledger;
mod migrations;
mod open;
mod packed;
mod place;
#[cfg(test)]
mod plans;
mod readers;
mod requests;
mod retention;
mod sagas;
mod snapshots;
mod statement;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
mod versions;
mod views;
mod writer;

use std::{any::TypeId, fmt, sync::Arc};

use async_trait::async_trait;
use sqlx::SqliteConnection;
use tokio::sync::watch;

pub use self::open::{SqliteOptions, Synchronous};
use self::{
    append::Appender, place::Place, readers::Readers, transaction::SqliteTransaction, writer::Writer,
};
use crate::{
    message::Position,
    store::{Claim, ConsumerTransaction, GroupCommitter, Polling, ReadConnection, StateStore, StoreError},
};

/// A store in one SQLite file. Cheap to clone; the clones are one store.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::sqlite::SqliteStore;
/// let store = SqliteStore::open("todo.db").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    place: Arc<Place>,
    appends: Arc<GroupCommitter<Appender>>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    head: watch::Sender<Position>,
    /// Counts who came, and what was given back.
    leases: watch::Sender<u64>,
    polling: Polling,
}

impl Inner {
    /// Tells those in this process who share consumers that there is something to look at.
    fn tell_of_leases(&self) {
        self.leases.send_modify(|count| *count += 1);
    }
}

impl SqliteStore {
    /// Opens a file, which is created when it is not there: `todo.db`, `/var/lib/todo.db`, `sqlite:todo.db`,
    /// `sqlite:///var/lib/todo.db`.
    ///
    /// # Errors
    /// See [`SqliteOptions::open`].
    pub async fn open(address: impl AsRef<str>) -> Result<Self, StoreError> {
        Self::options(address).open().await
    }

    /// Says how to open a file.
    pub fn options(address: impl AsRef<str>) -> SqliteOptions {
        SqliteOptions::new(address.as_ref())
    }

    async fn assemble(place: Arc<Place>, connection: SqliteConnection) -> Result<Self, StoreError> {
        let readers = Readers::new(Arc::clone(&place));
        let mut reading = readers.acquire().await?;
        let position = events::head(reading.connection()?).await?;
        reading.done();
        let head = watch::Sender::new(position);
        let writer = Writer::new(Arc::clone(&place), connection);
        let appends = GroupCommitter::new(Appender::new(Arc::clone(&writer), head.clone()));
        let polled = Arc::clone(&readers);
        let polling = Polling::start(head.clone(), move || {
            let readers = Arc::clone(&polled);
            async move {
                let mut reading = readers.acquire().await?;
                let head = events::head(reading.connection()?).await?;
                reading.done();
                Ok(head)
            }
        });
        Ok(Self {
            inner: Arc::new(Inner {
                place,
                appends,
                writer,
                readers,
                head,
                leases: watch::Sender::new(0),
                polling,
            }),
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.inner.place.describe).finish()
    }
}

#[async_trait]
impl StateStore for SqliteStore {
    fn describe(&self) -> String {
        self.inner.place.describe.clone()
    }

    fn connection_type(&self) -> Option<(TypeId, &'static str)> {
        Some((TypeId::of::<SqliteConnection>(), "SqliteConnection"))
    }

    async fn read_connection(&self) -> Result<ReadConnection, StoreError> {
        Ok(Box::new(self.inner.readers.lend().await?))
    }

    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        writing.begin().await?;
        Ok(Box::new(SqliteTransaction::new(writing, claim.clone()).await?))
    }

    async fn close(&self) {
        self.inner.polling.stop();
        self.inner.appends.close().await;
        self.inner.writer.close().await;
        self.inner.readers.close().await;
    }
}

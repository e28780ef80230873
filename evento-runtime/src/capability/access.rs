//! Access to read models: the consumer's transaction for those who write, the store for those who read.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Serving, ViewError, writes::Writes};
use crate::{
    error::Error,
    store::{ConsumerTransaction, DeadEvent, ReadConnection, SharedStore, StoreError, ViewId},
};

/// The rows that a projector of the bundle writes.
#[derive(Debug)]
pub(crate) struct Written {
    /// The rows of its own version.
    pub(crate) id: ViewId,
    /// The name of the projector within its bundle.
    pub(crate) projector: Arc<str>,
}

/// Which rows belong to each view: those of the bundle, in the version of the projector that writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ViewIds(Arc<HashMap<&'static str, Written>>);

impl ViewIds {
    /// From the stored names of views.
    pub(crate) fn new(ids: HashMap<&'static str, Written>) -> Self {
        Self(Arc::new(ids))
    }

    /// The stored name of a view.
    pub(crate) fn stored_name(&self, view: &'static str) -> Option<String> {
        self.0.get(view).map(|written| written.id.view.to_string())
    }

    fn of(&self, view: &'static str) -> Result<&Written, ViewError> {
        self.0.get(view).ok_or(ViewError::NoProjector { view })
    }
}

/// The versions that one query reads, by the names of their projectors.
pub(crate) type Pinned = HashMap<Arc<str>, u32>;

/// How one query finds the versions that it reads.
pub(crate) struct Reading {
    pub(crate) serving: Serving,
    /// Versions for which the query has waited.
    pub(crate) pinned: Pinned,
}

impl Reading {
    /// The version of a projector that is read.
    pub(crate) async fn version(&self, projector: &str, own: u32) -> Result<u32, StoreError> {
        match self.pinned.get(projector) {
            Some(version) => Ok(*version),
            None => self.serving.version(projector, own).await,
        }
    }
}

/// The names of a projector's own tables: each version writes tables of its own, so that a new version can be built while
/// the old one is still read. A projection gets the names of the tables that are to be read now.
///
/// ```
/// use evento_runtime::capability::Tables;
/// assert_eq!(Tables::of_version(2).name("todo"), "todo_v2");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tables {
    version: u32,
}

impl Tables {
    /// The tables of a version of a projector.
    #[must_use]
    pub const fn of_version(version: u32) -> Self {
        Self { version }
    }

    /// The full name of a table.
    #[must_use]
    pub fn name(&self, table: &str) -> String {
        format!("{table}_v{}", self.version)
    }
}

/// What a call may do with read models.
pub struct Access {
    pub(crate) mode: Mode,
    pub(crate) views: ViewIds,
}

/// How read models are reached.
pub(crate) enum Mode {
    /// Written in the transaction of a consumer.
    Write(tokio::sync::Mutex<Writes>),
    /// Read as last committed.
    Read {
        /// Where views are read.
        store: SharedStore,
        /// In which version.
        reading: Reading,
        /// For those who want SQL.
        connection: Mutex<Option<ReadConnection>>,
    },
}

impl Access {
    /// For a handler that writes.
    pub(crate) fn write(transaction: Box<dyn ConsumerTransaction>, views: ViewIds) -> Self {
        Self { mode: Mode::Write(tokio::sync::Mutex::new(Writes::new(transaction))), views }
    }

    /// For a handler that reads.
    pub(crate) fn read(
        store: SharedStore,
        reading: Reading,
        connection: Option<ReadConnection>,
        views: ViewIds,
    ) -> Self {
        Self { mode: Mode::Read { store, reading, connection: Mutex::new(connection) }, views }
    }

    /// The rows of a view: those that are written, or those that are read.
    pub(crate) async fn rows_of(&self, view: &'static str) -> Result<Cow<'_, ViewId>, ViewError> {
        let Written { id, projector } = self.views.of(view)?;
        let Mode::Read { reading, .. } = &self.mode else { return Ok(Cow::Borrowed(id)) };
        let version = reading.version(projector, id.version).await?;
        Ok(if version == id.version {
            Cow::Borrowed(id)
        } else {
            Cow::Owned(ViewId { view: id.view.clone(), version })
        })
    }

    /// The transaction with everything that was written, when the calls are over.
    pub(crate) async fn into_transaction(self) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        match self.mode {
            Mode::Write(writes) => writes.into_inner().finish().await,
            Mode::Read { .. } => Err(no_transaction()),
        }
    }

    /// Writes what earlier calls have left to be written, for a call that gets the connection.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        match &mut self.mode {
            Mode::Write(writes) => writes.get_mut().flush().await,
            Mode::Read { .. } => Ok(()),
        }
    }

    /// Puts an event aside in the transaction.
    pub(crate) async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        match &mut self.mode {
            Mode::Write(writes) => writes.get_mut().park(event).await,
            Mode::Read { .. } => Err(no_transaction()),
        }
    }

    /// Whether something that earlier calls wrote was lost, perhaps by no fault of the call that was told.
    pub(crate) fn has_lost_rows(&mut self) -> bool {
        match &mut self.mode {
            Mode::Write(writes) => writes.get_mut().has_lost_rows(),
            Mode::Read { .. } => false,
        }
    }

    /// The connection itself. Whoever lends it to a handler [flushes](Self::flush) before.
    pub(crate) fn connection(&mut self, type_id: TypeId, name: &'static str) -> Result<&mut dyn Any, Error> {
        let connection = match &mut self.mode {
            Mode::Write(writes) => writes.get_mut().connection(),
            Mode::Read { connection, .. } => connection
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .as_mut()
                .and_then(|connection| connection.connection()),
        };
        match connection {
            Some(connection) if (*connection).type_id() == type_id => Ok(connection),
            _ => Err(ViewError::NoConnection { name }.into()),
        }
    }
}

fn no_transaction() -> StoreError {
    StoreError::Failed { reason: "what only reads has no transaction".to_owned(), source: None }
}

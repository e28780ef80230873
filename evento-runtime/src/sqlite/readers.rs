//! The connections that read.

use std::{
    any::Any,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    error::{closed, failed},
    place::Place,
    statement::collect,
    writer::undo,
};
use crate::store::{StoreError, TransactionConnection};

/// A connection that nobody uses.
struct Idle {
    connection: SqliteConnection,
    /// Whether it may be as good as new: the last one was done with it, and was no handler, who may leave anything behind.
    done: bool,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Idle>,
    closed: bool,
}

/// A few connections that only read.
pub(super) struct Readers {
    place: Arc<Place>,
    permits: Arc<Semaphore>,
    shelf: Mutex<Shelf>,
}

impl Readers {
    pub(super) fn new(place: Arc<Place>) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(place.readers));
        Arc::new(Self { place, permits, shelf: Mutex::default() })
    }

    /// A connection for one statement of the store itself, which is over soon.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Reading, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| closed())?;
        self.open(Some(permit)).await
    }

    /// A connection for a handler. It does not count among those of the store: handlers wait for one another, and must not
    /// wait for the connections that they hold.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Reading, StoreError> {
        self.open(None).await
    }

    async fn open(self: &Arc<Self>, permit: Option<OwnedSemaphorePermit>) -> Result<Reading, StoreError> {
        let idle = {
            let mut shelf = self.shelf();
            if shelf.closed {
                return Err(closed());
            }
            shelf.idle.pop()
        };
        let connection = match idle {
            Some(Idle { connection, done: true }) => connection,
            Some(Idle { mut connection, done: false }) => match tidy(&mut connection).await {
                Ok(()) => connection,
                Err(_) => self.place.reader().await?,
            },
            None => self.place.reader().await?,
        };
        Ok(Reading { connection: Some(connection), readers: Arc::clone(self), done: false, _permit: permit })
    }

    /// Closes those that are idle; the others are closed when they come back.
    pub(super) async fn close(&self) {
        self.permits.close();
        let idle = {
            let mut shelf = self.shelf();
            shelf.closed = true;
            std::mem::take(&mut shelf.idle)
        };
        for Idle { connection, .. } in idle {
            // It has written nothing that could be lost.
            let _ = connection.close().await;
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // The shelf is whole between any two statements that hold the lock.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a connection as good as new.
async fn tidy(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    undo(connection).await.map_err(|error| failed("ending a read", error))?;
    collect(connection, sqlx::query("pragma query_only = 1"))
        .await
        .map_err(|error| failed("ending a read", error))?;
    Ok(())
}

/// A connection that reads, in the hands of one.
pub(super) struct Reading {
    /// Empty only while it is dropped.
    connection: Option<SqliteConnection>,
    readers: Arc<Readers>,
    done: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Reading {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or_else(closed)
    }

    /// Gives it back after a statement that succeeded. Without this, it is looked after before the next one gets it: its
    /// last user was interrupted, or failed.
    pub(super) fn done(mut self) {
        self.done = true;
    }
}

impl TransactionConnection for Reading {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        self.connection.as_mut().map(|connection| connection as &mut (dyn Any + Send))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut shelf = self.readers.shelf();
        if !shelf.closed && shelf.idle.len() < self.readers.place.readers {
            shelf.idle.push(Idle { connection, done: self.done });
        }
    }
}

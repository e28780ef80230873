//! The one connection of a process that writes.
//!
//! Whoever wants to write waits for it in turn. It comes clean: what the last one left behind, because its future was
//! dropped or its transaction was not committed, is undone first.

use std::sync::Arc;

use sqlx::{Connection, SqliteConnection, sqlite::SqliteRow};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
};

use super::{
    control,
    error::{Cause, cause, closed, failed},
    place::{Patience, Place},
    statement::{Statement, collect},
};
use crate::store::StoreError;

/// What the last holder left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Clean,
    /// A transaction, which must be rolled back.
    Open,
    /// Nobody knows: a begin, commit or rollback was not waited for. Closing the connection settles it.
    Torn,
}

struct Slot {
    connection: Option<SqliteConnection>,
    left: Left,
    closed: bool,
}

/// The connection that writes, behind a queue.
pub(super) struct Writer {
    slot: Arc<Mutex<Slot>>,
    /// Of those who have time, one at once waits for the slot: whoever must not wait long stands behind that one only.
    gate: Mutex<()>,
    place: Arc<Place>,
}

impl Writer {
    pub(super) fn new(place: Arc<Place>, connection: SqliteConnection) -> Arc<Self> {
        let slot = Slot { connection: Some(connection), left: Left::Clean, closed: false };
        Arc::new(Self { slot: Arc::new(Mutex::new(slot)), gate: Mutex::default(), place })
    }

    /// Waits for the connection.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Writing, StoreError> {
        let _turn = self.gate.lock().await;
        self.acquire_before_others().await
    }

    /// Waits for the connection in front of most of those who wait.
    pub(super) async fn acquire_before_others(self: &Arc<Self>) -> Result<Writing, StoreError> {
        let slot = Arc::clone(&self.slot).lock_owned().await;
        if slot.closed {
            return Err(closed());
        }
        let mut writing = Writing { slot, writer: Arc::clone(self) };
        match writing.slot.left {
            Left::Clean => {}
            Left::Open => writing.rollback().await,
            Left::Torn => writing.disconnect(),
        }
        if writing.slot.connection.is_none() {
            writing.slot.connection = Some(self.place.writer().await?);
        }
        Ok(writing)
    }

    /// Closes the connection, once it is nobody's.
    pub(super) async fn close(&self) {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        if let Some(connection) = slot.connection.take() {
            // There is nobody left whom a failure would concern: all that was committed is in the file.
            let _ = connection.close().await;
        }
    }
}

/// The connection that writes, in the hands of one.
pub(super) struct Writing {
    slot: OwnedMutexGuard<Slot>,
    writer: Arc<Writer>,
}

impl Writing {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.slot.connection.as_mut().ok_or_else(|| StoreError::Unavailable {
            reason: "the connection to the file was lost".to_owned(),
            source: None,
        })
    }

    /// Says that a text with its own `begin` or `commit` is about to run. Until [`settled`](Self::settled), dropping this
    /// closes the connection.
    pub(super) fn unsettled(&mut self) {
        self.slot.left = Left::Torn;
    }

    /// Says that no transaction is open.
    pub(super) fn settled(&mut self) {
        self.slot.left = Left::Clean;
    }

    pub(super) fn patience(&self) -> Patience {
        self.writer.place.patience()
    }

    /// Runs one statement outside a transaction. Returns its rows, and how many rows it changed.
    pub(super) async fn run<'q>(
        &mut self,
        doing: &str,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<(Vec<SqliteRow>, u64), StoreError> {
        let mut patience = self.patience();
        loop {
            match collect(self.connection()?, statement()).await {
                Ok(done) => return Ok(done),
                Err(error) if patience.again(&error).await => {}
                Err(error) => return Err(self.broken(doing, error)),
            }
        }
    }

    /// The error of a statement outside a transaction. A connection that is lost is not kept.
    fn broken(&mut self, doing: &str, error: sqlx::Error) -> StoreError {
        if cause(&error) == Cause::Lost {
            self.disconnect();
        }
        failed(doing, error)
    }

    /// Begins a transaction, as a writer from the start: one that turns into a writer later can be refused.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        let mut patience = self.patience();
        loop {
            self.unsettled();
            match control::begin(self.connection()?).await {
                Ok(()) => {
                    self.slot.left = Left::Open;
                    return Ok(());
                }
                Err(error) => {
                    self.settled();
                    if !patience.again(&error).await {
                        return Err(self.broken("beginning a transaction", error));
                    }
                }
            }
        }
    }

    /// Commits what [`begin`](Self::begin) began. When that fails, it is rolled back.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        let connection = self.connection()?;
        if control::depth(connection) != 1 {
            self.rollback().await;
            return Err(StoreError::Failed {
                reason: "a handler ended the transaction, or left one of its own open; nothing was written"
                    .to_owned(),
                source: None,
            });
        }
        self.unsettled();
        match control::commit(self.connection()?).await {
            Ok(()) => {
                self.settled();
                Ok(())
            }
            Err(error) => {
                self.rollback().await;
                Err(failed("committing", error))
            }
        }
    }

    /// Undoes what is open. If that fails, the connection is closed, which undoes it too.
    pub(super) async fn rollback(&mut self) {
        self.unsettled();
        if let Some(connection) = self.slot.connection.as_mut()
            && undo(connection).await.is_err()
        {
            self.slot.connection = None;
        }
        self.settled();
    }

    /// Closes the connection without waiting. The next one to write opens another, and waits for this one like for another
    /// process.
    pub(super) fn disconnect(&mut self) {
        self.slot.connection = None;
        self.settled();
    }

    /// Opens another connection in place of one that was lost.
    pub(super) async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.disconnect();
        self.slot.connection = Some(self.writer.place.writer().await?);
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        match self.slot.left {
            Left::Clean => {}
            Left::Torn => self.disconnect(),
            // Other processes must not wait until this one writes again, so somebody comes and rolls back now.
            Left::Open => match Handle::try_current() {
                Ok(runtime) => {
                    let writer = Arc::clone(&self.writer);
                    runtime.spawn(async move { drop(writer.acquire().await) });
                }
                Err(_) => self.disconnect(),
            },
        }
    }
}

/// Ends all transactions of a connection: those that sqlx knows of, and one that a text of ours began.
pub(super) async fn undo(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    while control::depth(connection) > 0 {
        control::rollback(connection).await?;
    }
    match collect(connection, sqlx::query("rollback")).await {
        // That no transaction is active is what is wanted.
        Err(error) if cause(&error) != Cause::Refused => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::SqliteStore;

    async fn store(folder: &tempfile::TempDir) -> SqliteStore {
        let path = folder.path().join("store.db");
        SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests")
    }

    async fn write(writing: &mut Writing, sql: &'static str) {
        writing.run("testing", || sqlx::query(sql)).await.expect("a statement");
    }

    #[tokio::test]
    async fn a_connection_that_is_lost_is_opened_again() {
        let folder = tempfile::TempDir::new().expect("a folder for tests");
        let writer = Arc::clone(&store(&folder).await.inner.writer);
        let mut writing = writer.acquire().await.expect("the connection");
        writing.begin().await.expect("a transaction");
        write(&mut writing, "update head set position = 77").await;
        writing.slot.connection = None;
        drop(writing);
        let mut writing = writer.acquire().await.expect("another connection");
        write(
            &mut writing,
            "insert into snapshot select 'a', 'b', position, 0, '' from head where position = 0",
        )
        .await;
        let kept = writing.run("testing", || sqlx::query("select 1 from snapshot")).await;
        assert_eq!(kept.expect("a row").0.len(), 1, "what the lost one had not committed is undone");
    }

    #[tokio::test]
    async fn what_was_left_open_is_rolled_back_without_another_writer() {
        let folder = tempfile::TempDir::new().expect("a folder for tests");
        let store = store(&folder).await;
        for torn in [false, true] {
            let mut writing = store.inner.writer.acquire().await.expect("the connection");
            writing.begin().await.expect("a transaction");
            if torn {
                writing.unsettled();
            }
            drop(writing);
            // Another process gets the file although this one does not write again.
            let mut other = store.inner.place.writer().await.expect("a connection of another process");
            let mut patience = store.inner.place.patience();
            while let Err(error) = collect(&mut other, sqlx::query("begin immediate; rollback")).await {
                assert!(patience.again(&error).await, "the lock of the file: {error}");
            }
        }
    }
}

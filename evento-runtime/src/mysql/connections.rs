//! The connections of the pool, in the hands of one.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::{MySql, MySqlConnection, SqlStr, mysql::MySqlRow, pool::PoolConnection};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, time::timeout};

use super::{
    control,
    error::{Cause, cause, closed, failed},
    place::Place,
    statement::{Answered, Broken, Statement, collect, run_script},
};
use crate::store::{StoreError, TransactionConnection};

/// How long a connection that comes back may take to roll back. One that was left in the middle of an answer may never do.
const ROLLBACK: Duration = Duration::from_secs(5);

/// What whoever has a connection will leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Clean,
    /// A transaction, which must be rolled back.
    Open,
    /// Nobody knows: an answer was not waited for. Closing the connection settles it.
    Torn,
}

/// A connection of the pool. Dropped, it goes back as it came.
pub(super) struct Held {
    /// Empty only while it is dropped.
    connection: Option<PoolConnection<MySql>>,
    left: Left,
    /// Whether it is closed in the end: it has what must go with its session.
    closes: bool,
    place: Arc<Place>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// A connection for one statement of the store itself, which is over soon.
    pub(super) async fn acquire(place: &Arc<Place>) -> Result<Self, sqlx::Error> {
        if place.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let connection = Some(place.pool.acquire().await?);
        let place = Arc::clone(place);
        Ok(Self { connection, left: Left::Clean, closes: false, place, _permit: None })
    }

    /// A connection with a transaction, for a handler.
    pub(super) async fn lend(
        place: &Arc<Place>,
        doing: &str,
        text: &'static str,
    ) -> Result<Self, StoreError> {
        let permit = timeout(place.patience, Arc::clone(&place.held).acquire_owned()).await;
        let permit = permit.map_err(|_| StoreError::Unavailable {
            reason: format!("{doing}: all connections are in use: allow more of them with `connections`"),
            source: None,
        })?;
        let permit = permit.map_err(|_| closed())?;
        let mut tries = 2;
        loop {
            tries -= 1;
            let begun = async {
                let mut held = Self::acquire(place).await?;
                held.begin(place.texts.text(text)).await?;
                Ok(held)
            };
            match begun.await {
                Ok(mut held) => {
                    held._permit = Some(permit);
                    return Ok(held);
                }
                Err(error) => {
                    place.note_loss(&error);
                    let error = failed(doing, error);
                    // Nothing has begun, so it can begin again on a connection that is still there.
                    if tries == 0 || !error.is_transient() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// The connection, and where it leads.
    pub(super) fn parts(&mut self) -> (&mut MySqlConnection, &Place) {
        let connection = self.connection.as_mut().expect("a connection is there until it is dropped");
        (connection, &self.place)
    }

    /// Where it leads.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn connection(&mut self) -> &mut MySqlConnection {
        self.parts().0
    }

    /// Has it closed in the end, with all that belongs to its session.
    pub(super) fn close_in_the_end(&mut self) {
        self.closes = true;
    }

    pub(super) async fn begin(&mut self, text: SqlStr) -> Result<(), sqlx::Error> {
        self.left = Left::Torn;
        control::begin(self.connection(), text).await?;
        self.left = Left::Open;
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.left = Left::Torn;
        control::commit(self.connection()).await?;
        self.left = Left::Clean;
        Ok(())
    }

    /// Runs a statement that is a transaction of its own.
    pub(super) async fn collect(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<(Vec<MySqlRow>, u64), sqlx::Error> {
        self.left = Left::Torn;
        let done = collect(self.connection(), statement).await;
        if done.as_ref().err().is_none_or(|error| cause(error) != Cause::Lost) {
            self.left = Left::Clean;
        }
        done
    }

    /// Runs a script that ends every transaction that it begins, unless it fails.
    pub(super) async fn run_script(&mut self, script: SqlStr) -> Result<Vec<Answered>, Broken> {
        self.left = Left::Torn;
        let done = run_script(self.connection(), script).await?;
        self.left = Left::Clean;
        Ok(done)
    }
}

impl TransactionConnection for Held {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        Some(Held::connection(self))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Giving a connection back is a task, for which there must be a runtime.
        let runtime = Handle::try_current();
        match (self.left, runtime) {
            (Left::Clean, Ok(_)) if !self.closes => drop(connection),
            (Left::Open, Ok(runtime)) if !self.closes => {
                let permit = self._permit.take();
                runtime.spawn(async move {
                    // Whoever had it may have stopped in the middle of an answer, where the next one cannot be told from it.
                    let undone = timeout(ROLLBACK, undo(&mut connection)).await;
                    if !matches!(undone, Ok(Ok(()))) {
                        drop(connection.detach());
                    }
                    drop(permit);
                });
            }
            _ => drop(connection.detach()),
        }
    }
}

async fn undo(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    while control::depth(connection) > 0 {
        control::rollback(connection).await?;
    }
    Ok(())
}

//! The connections of the pool, in the hands of one.

use std::{any::Any, sync::Arc};

use sqlx::{PgConnection, Postgres, SqlStr, pool::PoolConnection};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, time::timeout};

use super::{
    control,
    error::{closed, failed},
    place::Place,
};
use crate::store::{StoreError, TransactionConnection};

/// What whoever has a connection will leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Nothing.
    Clean,
    /// A transaction, which must be rolled back.
    Open,
    /// Nobody knows: a begin or commit was not waited for. Closing the connection settles it.
    Torn,
}

/// A connection of the pool. Dropped, it goes back as it came.
pub(super) struct Held {
    /// Empty only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    left: Left,
    place: Arc<Place>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// A connection for one statement of the store itself, which is over soon.
    pub(super) async fn acquire(place: &Arc<Place>) -> Result<Self, sqlx::Error> {
        if place.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let connection = place.pool.acquire().await?;
        Ok(Self { connection: Some(connection), left: Left::Clean, place: Arc::clone(place), _permit: None })
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
    pub(super) fn parts(&mut self) -> (&mut PgConnection, &Place) {
        let connection = self.connection.as_mut().expect("a connection is there until it is dropped");
        (connection, &self.place)
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.parts().0
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
        if self.left == Left::Torn || Handle::try_current().is_err() {
            drop(connection.detach());
            return;
        }
        if self.left == Left::Open {
            control::rollback_later(&mut connection);
        }
    }
}

//! The transaction of a consumer: its effects and its checkpoint move together or not at all.

use std::{any::Any, borrow::Cow};

use async_trait::async_trait;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::message::Position;

use super::{
    DeadEvent, DeadEventPlace, LogMark, Page, RequestAnswer, SagaId, SagaRecord, StoreError, TimerRecord,
    UnmatchedEvent, ViewId, ViewMatch, ViewRow,
};

/// Lends the database connection itself, as the type that [`StateStore::connection_type`](super::StateStore::connection_type)
/// names.
pub trait TransactionConnection: Send {
    /// The connection; `None` for a store without SQL.
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)>;
}

/// A consumer's transaction. Dropped without [`commit`](Self::commit), it changes nothing.
///
/// Reading views here sees what was written here.
#[async_trait]
pub trait ConsumerTransaction: TransactionConnection {
    /// The row of an id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn view_row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError>;

    /// The rows that match.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_view_rows(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError>;

    /// Puts a row in place of the one with its id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put_view_row(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError>;

    /// Puts many rows, each in place of the one with its id. No two of them have the same id.
    ///
    /// # Errors
    /// Whatever the database says. Some of them may be put then, so the transaction must not be committed.
    async fn put_view_rows(&mut self, view: &ViewId, rows: Vec<ViewRow>) -> Result<(), StoreError> {
        for row in rows {
            self.put_view_row(view, row).await?;
        }
        Ok(())
    }

    /// Refuses a row that the store is known not to take, without asking the database. What passes may still fail when it is
    /// put.
    ///
    /// # Errors
    /// The same as those of [`put_view_row`](Self::put_view_row) for such a row.
    fn check_view_row(&self, _view: &ViewId, _row: &ViewRow) -> Result<(), StoreError> {
        Ok(())
    }

    /// Deletes the row of an id. Returns whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn delete_view_row(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError>;

    /// Puts a saga in place of the one with its id, with its associations.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put_saga(&mut self, record: SagaRecord) -> Result<(), StoreError>;

    /// Ends a saga, and deletes its timers. Returns whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn delete_saga(&mut self, saga: &str, id: SagaId) -> Result<bool, StoreError>;

    /// Puts a timer in place of the one of its saga with its key.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put_timer(&mut self, timer: TimerRecord) -> Result<(), StoreError>;

    /// Deletes the timer of a saga with this key, if there is one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn delete_timer(&mut self, saga: &str, id: SagaId, key: &str) -> Result<(), StoreError>;

    /// Puts an event on the list of those that found no saga.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put_unmatched(&mut self, event: UnmatchedEvent) -> Result<(), StoreError>;

    /// Puts an event aside. One that is there already under its key keeps the time when it was put aside first; if this one has no
    /// error and that one is no deadline, it stays as it is.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError>;

    /// Takes an event off the list of those that the consumer has put aside. Returns whether its key is open then: whether no
    /// other one of the key is left.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn unpark(&mut self, place: &DeadEventPlace) -> Result<bool, StoreError>;

    /// Answers a request about the consumer's dead events. One that is answered already stays as it is.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn answer(&mut self, request: Uuid, answer: RequestAnswer) -> Result<(), StoreError>;

    /// Notes that a projector's consumer, which this transaction moves to `position`, has all that the log has. When that is so
    /// for all of `contexts`, of which the consumer's own is one, its version serves in place of an earlier one, unless one of
    /// that version's consumers is beyond the position. Returns whether a version has served that is not earlier than this one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn serve_built(
        &mut self,
        contexts: &[Cow<'static, str>],
        position: Position,
    ) -> Result<bool, StoreError>;

    /// Moves the checkpoint and commits. Nothing is committed unless the claim is still the newest one, and the log has the
    /// event of the place to which the checkpoint is moved, when that event is named.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the consumer was claimed by somebody else since, [`StoreError::LogWentBack`] when the log
    /// lacks the place, otherwise whatever the database says.
    async fn commit(self: Box<Self>, checkpoint: LogMark) -> Result<(), StoreError>;
}

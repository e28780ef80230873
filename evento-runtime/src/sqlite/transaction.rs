//! The transaction of a consumer.

use std::{any::Any, borrow::Cow};

use async_trait::async_trait;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    column::{optional_integer, unsigned},
    dead_events,
    error::corrupt,
    requests, sagas,
    statement::{execute, rows},
    timers, unmatched, versions, views,
    writer::Writing,
};
use crate::{
    message::Position,
    store::{
        Claim, ConsumerTransaction, DeadEvent, DeadEventPlace, LogMark, Page, RequestAnswer, SagaId,
        SagaRecord, StoreError, TimerRecord, TransactionConnection, UnmatchedEvent, ViewId, ViewMatch,
        ViewRow, values::signed,
    },
};

/// Holds the connection that writes. Dropped, it rolls back before anyone else gets it.
pub(super) struct SqliteTransaction {
    writing: Writing,
    claim: Claim,
    lent: bool,
}

impl SqliteTransaction {
    /// Around a transaction that has begun. A savepoint of ours marks it: it is gone when somebody who was lent the connection
    /// ended the transaction in SQL of their own, behind sqlx's back.
    pub(super) async fn new(writing: Writing, claim: Claim) -> Result<Self, StoreError> {
        let mut begun = Self { writing, claim, lent: false };
        begun.mark().await?;
        Ok(begun)
    }

    async fn mark(&mut self) -> Result<(), StoreError> {
        let mark = sqlx::query(include_str!("sql/mark_transaction.sql"));
        execute(self.writing.connection()?, "marking a transaction", mark).await?;
        Ok(())
    }

    /// Makes sure that the transaction is still the one that was begun.
    async fn check(&mut self) -> Result<(), StoreError> {
        let release = sqlx::query(include_str!("sql/release_mark.sql"));
        if self.lent
            && let Err(error) = execute(self.writing.connection()?, "ending a transaction", release).await
        {
            self.writing.rollback().await;
            return Err(StoreError::Failed {
                reason: "a handler ended the transaction of its connection; its checkpoint was not moved"
                    .to_owned(),
                source: Some(error.into()),
            });
        }
        Ok(())
    }
}

impl SqliteTransaction {
    async fn why_not_moved(&mut self, checkpoint: Position) -> Result<StoreError, StoreError> {
        let consumer = &self.claim.consumer;
        let statement = sqlx::query(include_str!("sql/why_not_moved.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(signed("epoch", self.claim.epoch)?)
            .bind(self.claim.token.simple().to_string());
        let rows = rows(self.writing.connection()?, "moving a checkpoint", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        let newest = optional_integer(row, 0).is_ok_and(|newest| newest == Some(1));
        let found =
            unsigned(row, 1).map(Position).map_err(|reason| corrupt("the head of the log", reason))?;
        Ok(if newest {
            StoreError::LogWentBack { seen: checkpoint, found }
        } else {
            StoreError::Fenced { consumer: consumer.to_string() }
        })
    }
}

impl TransactionConnection for SqliteTransaction {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        self.lent = true;
        self.writing.connection().ok().map(|connection| connection as &mut (dyn Any + Send))
    }
}

#[async_trait]
impl ConsumerTransaction for SqliteTransaction {
    async fn view_row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        views::row(self.writing.connection()?, view, id).await
    }

    async fn find_view_rows(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        views::find(self.writing.connection()?, view, matching, page).await
    }

    async fn put_view_rows(&mut self, view: &ViewId, rows: Vec<ViewRow>) -> Result<(), StoreError> {
        views::put_many(self.writing.connection()?, view, &rows).await
    }

    async fn put_view_row(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError> {
        views::put(self.writing.connection()?, view, &row).await
    }

    async fn delete_view_row(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError> {
        views::delete(self.writing.connection()?, view, id).await
    }

    async fn put_saga(&mut self, record: SagaRecord) -> Result<(), StoreError> {
        sagas::put(self.writing.connection()?, &record).await
    }

    async fn delete_saga(&mut self, saga: &str, id: SagaId) -> Result<bool, StoreError> {
        sagas::delete(self.writing.connection()?, saga, id).await
    }

    async fn put_timer(&mut self, timer: TimerRecord) -> Result<(), StoreError> {
        timers::put(self.writing.connection()?, &timer).await
    }

    async fn delete_timer(&mut self, saga: &str, id: SagaId, key: &str) -> Result<(), StoreError> {
        timers::delete(self.writing.connection()?, saga, id, key).await
    }

    async fn put_unmatched(&mut self, event: UnmatchedEvent) -> Result<(), StoreError> {
        unmatched::put(self.writing.connection()?, &event).await
    }

    async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        dead_events::park(self.writing.connection()?, &event).await
    }

    async fn unpark(&mut self, place: &DeadEventPlace) -> Result<bool, StoreError> {
        dead_events::unpark(self.writing.connection()?, &self.claim.consumer, place).await
    }

    async fn answer(&mut self, request: Uuid, answer: RequestAnswer) -> Result<(), StoreError> {
        requests::answer(self.writing.connection()?, &self.claim.consumer, request, &answer).await
    }

    async fn serve_built(
        &mut self,
        contexts: &[Cow<'static, str>],
        position: Position,
    ) -> Result<bool, StoreError> {
        self.check().await?;
        if std::mem::take(&mut self.lent) {
            self.mark().await?;
        }
        versions::serve_built(self.writing.connection()?, &self.claim.consumer, contexts, position).await
    }

    async fn commit(mut self: Box<Self>, checkpoint: LogMark) -> Result<(), StoreError> {
        self.check().await?;
        let consumer = &self.claim.consumer;
        let statement = sqlx::query(include_str!("sql/move_checkpoint.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(signed("epoch", self.claim.epoch)?)
            .bind(self.claim.token.simple().to_string())
            .bind(signed("position", checkpoint.position.0)?)
            .bind(checkpoint.event.map(|event| event.to_string()));
        if execute(self.writing.connection()?, "moving a checkpoint", statement).await? == 0 {
            let reason = self.why_not_moved(checkpoint.position).await;
            self.writing.rollback().await;
            return Err(reason.unwrap_or_else(|error| error));
        }
        self.writing.commit().await
    }
}

//! The transaction of a consumer.

use std::{any::Any, borrow::Cow};

use async_trait::async_trait;
use serde_json::value::RawValue;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    column::{get, unsigned},
    connections::Held,
    control, dead_events,
    error::{corrupt, failed},
    place::Place,
    requests, sagas,
    statement::{execute, rows},
    timers, unmatched, versions, views,
};
use crate::{
    message::Position,
    store::{
        Claim, ConsumerTransaction, DeadEvent, DeadEventPlace, LogMark, Page, RequestAnswer, SagaId,
        SagaRecord, StoreError, TimerRecord, TransactionConnection, UnmatchedEvent, ViewId, ViewMatch,
        ViewRow, values::signed,
    },
};

/// Holds a connection of the pool. Dropped, it rolls back before anyone else gets it.
pub(super) struct PostgresTransaction {
    held: Held,
    claim: Claim,
}

impl PostgresTransaction {
    /// Around a transaction that has begun.
    pub(super) fn new(held: Held, claim: Claim) -> Self {
        Self { held, claim }
    }
}

impl TransactionConnection for PostgresTransaction {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        Some(self.held.connection())
    }
}

#[async_trait]
impl ConsumerTransaction for PostgresTransaction {
    async fn view_row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let (connection, place) = self.held.parts();
        views::row(connection, place, view, id).await
    }

    async fn find_view_rows(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        let (connection, place) = self.held.parts();
        views::find(connection, place, view, matching, page).await
    }

    async fn put_view_rows(&mut self, view: &ViewId, rows: Vec<ViewRow>) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        views::put_many(connection, place, view, &rows).await
    }

    fn check_view_row(&self, view: &ViewId, row: &ViewRow) -> Result<(), StoreError> {
        views::check(view, row)
    }

    async fn put_view_row(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        views::put(connection, place, view, &row).await
    }

    async fn delete_view_row(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError> {
        let (connection, place) = self.held.parts();
        views::delete(connection, place, view, id).await
    }

    async fn put_saga(&mut self, record: SagaRecord) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        sagas::put(connection, place, &record).await
    }

    async fn delete_saga(&mut self, saga: &str, id: SagaId) -> Result<bool, StoreError> {
        let (connection, place) = self.held.parts();
        sagas::delete(connection, place, saga, id).await
    }

    async fn put_timer(&mut self, timer: TimerRecord) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        timers::put(connection, place, &timer).await
    }

    async fn delete_timer(&mut self, saga: &str, id: SagaId, key: &str) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        timers::delete(connection, place, saga, id, key).await
    }

    async fn put_unmatched(&mut self, event: UnmatchedEvent) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        unmatched::put(connection, place, &event).await
    }

    async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        dead_events::park(connection, place, &event).await
    }

    async fn unpark(&mut self, dead: &DeadEventPlace) -> Result<bool, StoreError> {
        let (connection, place) = self.held.parts();
        dead_events::unpark(connection, place, &self.claim.consumer, dead).await
    }

    async fn answer(&mut self, request: Uuid, answer: RequestAnswer) -> Result<(), StoreError> {
        let (connection, place) = self.held.parts();
        requests::answer(connection, place, &self.claim.consumer, request, &answer).await
    }

    async fn serve_built(
        &mut self,
        contexts: &[Cow<'static, str>],
        position: Position,
    ) -> Result<bool, StoreError> {
        let (connection, place) = self.held.parts();
        versions::serve_built(connection, place, &self.claim.consumer, contexts, position).await
    }

    async fn commit(mut self: Box<Self>, checkpoint: LogMark) -> Result<(), StoreError> {
        let doing = "moving a checkpoint";
        let consumer = &self.claim.consumer;
        let (connection, place) = self.held.parts();
        if control::depth(connection) != 1 {
            return Err(not_ours("a transaction that a handler began inside of it is still open"));
        }
        let statement = place
            .statement(include_str!("sql/move_checkpoint.sql"))
            .bind(consumer.component.as_ref())
            .bind(i64::from(consumer.version))
            .bind(consumer.context.as_ref())
            .bind(signed("epoch", self.claim.epoch)?)
            .bind(self.claim.token)
            .bind(signed("position", checkpoint.position.0)?)
            .bind(checkpoint.event.map(|event| event.0));
        // The commit of a transaction that has failed would be a success in PostgreSQL's eyes; this statement is not.
        if execute(connection, doing, statement).await? == 0 {
            return Err(why_not_moved(connection, place, &self.claim, checkpoint.position).await?);
        }
        self.held.commit().await.map_err(|error| failed("committing", error))
    }
}

async fn why_not_moved(
    connection: &mut PgConnection,
    place: &Place,
    claim: &Claim,
    checkpoint: Position,
) -> Result<StoreError, StoreError> {
    let statement = place
        .statement(include_str!("sql/why_not_moved.sql"))
        .bind(claim.consumer.component.as_ref())
        .bind(i64::from(claim.consumer.version))
        .bind(claim.consumer.context.as_ref())
        .bind(signed("epoch", claim.epoch)?)
        .bind(claim.token);
    let rows = rows(connection, "moving a checkpoint", statement).await?;
    let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
    let read = || Ok((get(row, 0)?, get(row, 1)?, Position(unsigned(row, 2)?)));
    let (ours, newest, found): (bool, bool, _) =
        read().map_err(|reason: String| corrupt("the head of the log", reason))?;
    Ok(if !ours {
        not_ours("a handler has ended it with a statement of its own")
    } else if newest {
        StoreError::LogWentBack { seen: checkpoint, found }
    } else {
        StoreError::Fenced { consumer: claim.consumer.to_string() }
    })
}

fn not_ours(reason: &str) -> StoreError {
    StoreError::Failed { reason: format!("the transaction cannot be committed: {reason}"), source: None }
}

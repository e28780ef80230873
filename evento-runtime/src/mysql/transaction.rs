//! The transaction of a consumer.

use std::{any::Any, borrow::Cow};

use async_trait::async_trait;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    append::Log,
    checkpoints::key,
    column::{integer, unsigned},
    connections::Held,
    control, dead_events,
    error::{Cause, cause, corrupt, failed},
    requests, sagas,
    script::{Script, Value},
    statement::{collect, run_script},
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
pub(super) struct MySqlTransaction {
    held: Held,
    claim: Claim,
    /// The version of the code, when the transaction creates the consumer.
    creating: Option<u32>,
}

impl MySqlTransaction {
    /// Around a transaction that has begun.
    pub(super) fn new(held: Held, claim: Claim) -> Self {
        Self { held, claim, creating: None }
    }

    /// Around one that creates its consumer in the end. It is a transaction only as long as nobody creates or changes a table:
    /// with that, the server commits what was done before. Hence the record of the consumer comes last.
    pub(super) fn creating(held: Held, claim: Claim, code_version: u32) -> Self {
        Self { held, claim, creating: Some(code_version) }
    }
}

impl TransactionConnection for MySqlTransaction {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        Some(self.held.connection())
    }
}

#[async_trait]
impl ConsumerTransaction for MySqlTransaction {
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
        views::check(self.held.place(), view, row)
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
        let (connection, _) = self.held.parts();
        if control::depth(connection) != 1 {
            return Err(not_ours("a transaction that a handler began inside of it is still open"));
        }
        match self.creating {
            Some(code_version) => self.create(checkpoint, code_version).await?,
            None => self.move_checkpoint(checkpoint).await?,
        }
        self.held.commit().await.map_err(|error| failed("committing", error))
    }
}

impl MySqlTransaction {
    async fn move_checkpoint(&mut self, checkpoint: LogMark) -> Result<(), StoreError> {
        let [component, version, context] = key(&self.claim.consumer);
        let position = Value::Number(signed("position", checkpoint.position.0)?);
        let event = Value::OptionalUuid(checkpoint.event.map(|event| event.0));
        let epoch = Value::Number(signed("epoch", self.claim.epoch)?);
        let token = Value::Uuid(self.claim.token);
        let (connection, place) = self.held.parts();
        let mut script = Script::new(&place.texts);
        script.push(
            include_str!("sql/move_checkpoint.sql"),
            &[position, component, version, context, epoch, token, event, position, event],
        );
        let answers = run_script(connection, script.finish()).await.map_err(|broken| {
            // A deadlock undoes everything too, and a handler may have gone on after it.
            if cause(&broken.error) == Cause::NoSavepoint {
                return not_ours("it has ended before, by a statement of a handler or a deadlock");
            }
            failed("moving a checkpoint", broken.error)
        })?;
        if answers.last().is_none_or(|moved| moved.changed == 0) {
            let mut script = Script::new(&place.texts);
            let claimed = [component, version, context, epoch, token];
            script.push(include_str!("sql/why_not_moved.sql"), &claimed);
            let answers = run_script(connection, script.finish()).await;
            let answers = answers.map_err(|broken| failed("moving a checkpoint", broken.error))?;
            let row = answers.first().and_then(|answered| answered.rows.first());
            let row = row.ok_or_else(|| corrupt("the head of the log", "there is none"))?;
            let read = || Ok((integer(row, 0)? != 0, Position(unsigned(row, 1)?)));
            let (newest, found) = read().map_err(|reason: String| corrupt("the head of the log", reason))?;
            return Err(if newest {
                StoreError::LogWentBack { seen: checkpoint.position, found }
            } else {
                StoreError::Fenced { consumer: self.claim.consumer.to_string() }
            });
        }
        Ok(())
    }

    async fn create(&mut self, checkpoint: LogMark, code_version: u32) -> Result<(), StoreError> {
        let doing = "creating a consumer";
        let consumer = &self.claim.consumer;
        let position = signed("position", checkpoint.position.0)?;
        let event = checkpoint.event.map(|event| event.0);
        let (connection, place) = self.held.parts();
        let statement = place
            .statement(include_str!("sql/create_consumer.sql"))
            .persistent(false)
            .bind(consumer.component.as_bytes())
            .bind(i64::from(consumer.version))
            .bind(consumer.context.as_bytes())
            .bind(position)
            .bind(i64::from(code_version))
            .bind(event)
            .bind(position)
            .bind(event);
        match collect(connection, statement).await {
            Ok((_, 0)) => {
                let found = Position(Log::read(connection, place).await?.head);
                Err(StoreError::LogWentBack { seen: checkpoint.position, found })
            }
            Ok(_) => Ok(()),
            Err(error) if cause(&error) == Cause::Taken => {
                Err(StoreError::Fenced { consumer: consumer.to_string() })
            }
            Err(error) => Err(failed(doing, error)),
        }
    }
}

fn not_ours(reason: &str) -> StoreError {
    StoreError::Failed { reason: format!("the transaction cannot be committed: {reason}"), source: None }
}

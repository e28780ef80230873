//! Checkpoints and claims.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{integer, optional_text, text, unsigned, uuid},
    error::corrupt,
    statement::rows,
    transaction::SqliteTransaction,
};
use crate::{
    message::Position,
    store::{
        CheckpointStore, Claim, ConsumerId, ConsumerRecord, FirstStart, NewConsumer, NodeId, ReplayCommands,
        StoreError,
    },
};

#[async_trait]
impl CheckpointStore for SqliteStore {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/consumer.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref());
        let rows = rows(reading.connection()?, "reading a consumer", statement).await?;
        reading.done();
        rows.first().map(record).transpose()
    }

    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/consumers.sql"));
        let rows = rows(reading.connection()?, "reading the consumers", statement).await?;
        reading.done();
        rows.iter().map(record).collect()
    }

    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        writing.begin().await?;
        let statement = sqlx::query(include_str!("sql/create_consumer.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(first_start == FirstStart::Head)
            .bind(code_version);
        let created = rows(writing.connection()?, "creating a consumer", statement).await?;
        let Some(row) = created.first() else {
            writing.rollback().await;
            return Ok(None);
        };
        let checkpoint = unsigned(row, 0).map(Position).map_err(|reason| corrupt(consumer, reason))?;
        let claim = Claim { consumer: consumer.clone(), epoch: 0, token: Uuid::nil(), checkpoint };
        let transaction = Box::new(SqliteTransaction::new(writing, claim).await?);
        Ok(Some(NewConsumer { checkpoint, transaction }))
    }

    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError> {
        let node = node.0.simple().to_string();
        let mut writing = self.inner.writer.acquire_before_others().await?;
        let statement = || {
            sqlx::query(include_str!("sql/claim.sql"))
                .bind(consumer.component.as_ref())
                .bind(consumer.version)
                .bind(consumer.context.as_ref())
                .bind(code_version)
                .bind(node.as_str())
        };
        let (claimed, _) = writing.run("claiming a consumer", statement).await?;
        let Some(row) = claimed.first() else { return Ok(None) };
        let read = || Ok((unsigned(row, 0)?, uuid(row, 1)?, Position(unsigned(row, 2)?)));
        let (epoch, token, checkpoint) =
            read().map_err(|reason: String| corrupt(format_args!("consumer {consumer}"), reason))?;
        Ok(Some(Claim { consumer: consumer.clone(), epoch, token, checkpoint }))
    }
}

fn record(row: &SqliteRow) -> Result<ConsumerRecord, StoreError> {
    let decode = || {
        Ok(ConsumerRecord {
            consumer: consumer_id(row)?,
            checkpoint: Position(unsigned(row, 3)?),
            epoch: unsigned(row, 4)?,
            token: uuid(row, 5)?,
            code_version: unsigned(row, 6)?,
            owner: optional_text(row, 7)?.map(|_| uuid(row, 7)).transpose()?.map(NodeId),
            paused: integer(row, 8)? != 0,
            resets: unsigned(row, 9)?,
            pause_reason: optional_text(row, 10)?.map(str::to_owned),
            request: optional_text(row, 11)?.map(|_| uuid(row, 11)).transpose()?,
            replay_until: Position(unsigned(row, 12)?),
            replay: ReplayCommands::from_column(integer(row, 13)? != 0),
        })
    };
    decode().map_err(|reason: String| corrupt("a consumer", reason))
}

/// The consumer in the first three columns.
pub(super) fn consumer_id(row: &SqliteRow) -> Result<ConsumerId, String> {
    Ok(ConsumerId {
        component: Cow::Owned(text(row, 0)?.to_owned()),
        version: unsigned(row, 1)?,
        context: Cow::Owned(text(row, 2)?.to_owned()),
    })
}

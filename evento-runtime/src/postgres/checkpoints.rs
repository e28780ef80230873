//! Checkpoints and claims.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{
    PostgresStore,
    column::{get, text, unsigned, uuid, without_nul},
    connections::Held,
    error::corrupt,
    statement::rows,
    transaction::PostgresTransaction,
};
use crate::{
    message::Position,
    store::{
        CheckpointStore, Claim, ConsumerId, ConsumerRecord, FirstStart, NewConsumer, NodeId, ReplayCommands,
        StoreError,
    },
};

#[async_trait]
impl CheckpointStore for PostgresStore {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/consumer.sql"))
                .bind(consumer.component.as_ref())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_ref())
        };
        let (rows, _) = place.run("reading a consumer", statement).await?;
        rows.first().map(record).transpose()
    }

    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/consumers.sql"));
        let (rows, _) = place.run("reading the consumers", statement).await?;
        rows.iter().map(record).collect()
    }

    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError> {
        check_texts(consumer)?;
        let doing = "creating a consumer";
        let place = &self.inner.place;
        let mut held = Held::lend(place, doing, include_str!("sql/begin.sql")).await?;
        let statement = place
            .statement(include_str!("sql/create_consumer.sql"))
            .bind(consumer.component.as_ref())
            .bind(i64::from(consumer.version))
            .bind(consumer.context.as_ref())
            .bind(first_start == FirstStart::Head)
            .bind(i64::from(code_version));
        let created = rows(held.connection(), doing, statement).await?;
        let Some(row) = created.first() else { return Ok(None) };
        let checkpoint = unsigned(row, 0).map(Position).map_err(|reason| corrupt(consumer, reason))?;
        let claim = Claim { consumer: consumer.clone(), epoch: 0, token: Uuid::nil(), checkpoint };
        let transaction = Box::new(PostgresTransaction::new(held, claim));
        Ok(Some(NewConsumer { checkpoint, transaction }))
    }

    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/claim.sql"))
                .bind(consumer.component.as_ref())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_ref())
                .bind(i64::from(code_version))
                .bind(node.0)
        };
        let bury = || place.statement(include_str!("sql/bury.sql")).bind(node.0);
        place.run("claiming a consumer", bury).await?;
        let (claimed, _) = place.run("claiming a consumer", statement).await?;
        let Some(row) = claimed.first() else { return Ok(None) };
        let read = || Ok((unsigned(row, 0)?, uuid(row, 1)?, Position(unsigned(row, 2)?)));
        let (epoch, token, checkpoint) =
            read().map_err(|reason: String| corrupt(format_args!("consumer {consumer}"), reason))?;
        Ok(Some(Claim { consumer: consumer.clone(), epoch, token, checkpoint }))
    }
}

pub(super) fn check_texts(consumer: &ConsumerId) -> Result<(), StoreError> {
    without_nul(format_args!("the name of consumer {:?}", consumer.component), &consumer.component)?;
    without_nul(format_args!("the context of consumer `{}`", consumer.component), &consumer.context)
}

fn record(row: &PgRow) -> Result<ConsumerRecord, StoreError> {
    let decode = || {
        Ok(ConsumerRecord {
            consumer: consumer_id(row)?,
            checkpoint: Position(unsigned(row, 3)?),
            epoch: unsigned(row, 4)?,
            token: uuid(row, 5)?,
            code_version: unsigned(row, 6)?,
            owner: get::<Option<Uuid>>(row, 7)?.map(NodeId),
            paused: get(row, 8)?,
            resets: unsigned(row, 9)?,
            pause_reason: get::<Option<&str>>(row, 10)?.map(str::to_owned),
            request: get(row, 11)?,
            replay_until: Position(unsigned(row, 12)?),
            replay: ReplayCommands::from_column(get(row, 13)?),
        })
    };
    decode().map_err(|reason: String| corrupt("a consumer", reason))
}

/// The consumer in the first three columns.
pub(super) fn consumer_id(row: &PgRow) -> Result<ConsumerId, String> {
    Ok(ConsumerId {
        component: Cow::Owned(text(row, 0)?.to_owned()),
        version: unsigned(row, 1)?,
        context: Cow::Owned(text(row, 2)?.to_owned()),
    })
}

//! What an operator does to a consumer.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::{
    SqliteStore,
    checkpoints::consumer_id,
    column::{integer, text, unsigned},
    error::corrupt,
    statement::{Statement, execute, rows},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, Interventions, ReplayCommands, Skip, StoreError, kept_reason,
        values::{bound, signed},
    },
};

impl SqliteStore {
    /// Runs a text that changes a record, as one transaction. Returns whether its last statement has changed anything.
    async fn intervene<'q>(&self, doing: &str, statement: Statement<'q>) -> Result<bool, StoreError> {
        let mut writing = self.inner.writer.acquire_before_others().await?;
        writing.begin().await?;
        let changed = execute(writing.connection()?, doing, statement).await;
        match changed {
            Ok(_) => writing.commit().await?,
            Err(_) => writing.rollback().await,
        }
        drop(writing);
        self.inner.tell_of_leases();
        Ok(changed? > 0)
    }

    async fn pause(
        &self,
        consumer: &ConsumerId,
        paused: bool,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        let statement = of(include_str!("sql/pause.sql"), consumer).bind(paused).bind(reason);
        self.intervene("pausing a consumer", statement).await
    }
}

fn of<'q>(text: &'static str, consumer: &'q ConsumerId) -> Statement<'q> {
    sqlx::query(text).bind(consumer.component.as_ref()).bind(consumer.version).bind(consumer.context.as_ref())
}

#[async_trait]
impl Interventions for SqliteStore {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        self.pause(consumer, paused, None).await
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        self.pause(consumer, true, Some(kept_reason(reason))).await
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        let to = signed("position", to.0)?;
        let statement =
            of(include_str!("sql/reset.sql"), consumer).bind(to).bind(replay == ReplayCommands::Sent);
        self.intervene("putting a consumer back", statement).await
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        let position = signed("position", skip.position.0)?;
        let statement = of(include_str!("sql/skip.sql"), &skip.consumer)
            .bind(position)
            .bind(skip.reason.as_str())
            .bind(skip.at.as_millis());
        self.intervene("letting a consumer pass an event", statement).await
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = of(include_str!("sql/skips.sql"), consumer).bind(bound(after.0));
        let rows = rows(reading.connection()?, "reading what a consumer is to pass", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("what {consumer} is to pass"), reason))
    }
}

fn decode(row: &SqliteRow) -> Result<Skip, String> {
    Ok(Skip {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        reason: text(row, 4)?.to_owned(),
        at: Timestamp::from_millis(integer(row, 5)?),
    })
}

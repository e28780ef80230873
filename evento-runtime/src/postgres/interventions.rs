//! What an operator does to a consumer.

use async_trait::async_trait;
use sqlx::postgres::PgRow;

use super::{
    PostgresStore,
    checkpoints::{check_texts, consumer_id},
    column::{integer, text, unsigned, words},
    error::corrupt,
    place::Place,
    statement::Statement,
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, Interventions, ReplayCommands, Skip, StoreError, kept_reason,
        values::{bound, signed},
    },
};

impl PostgresStore {
    /// Runs a statement that changes a record. Returns whether it is there.
    async fn intervene<'q>(
        &self,
        doing: &str,
        statement: impl Fn() -> Statement<'q> + Send + Sync,
    ) -> Result<bool, StoreError> {
        let (_, changed) = self.inner.place.run(doing, statement).await?;
        self.tell_of_leases().await;
        Ok(changed > 0)
    }

    async fn pause(
        &self,
        consumer: &ConsumerId,
        paused: bool,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        check_texts(consumer)?;
        let (place, reason) = (&self.inner.place, reason.map(words));
        let statement =
            || of(place, include_str!("sql/pause.sql"), consumer).bind(paused).bind(reason.as_deref());
        self.intervene("pausing a consumer", statement).await
    }
}

fn of<'q>(place: &Place, text: &'static str, consumer: &'q ConsumerId) -> Statement<'q> {
    place
        .statement(text)
        .bind(consumer.component.as_ref())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_ref())
}

#[async_trait]
impl Interventions for PostgresStore {
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
        check_texts(consumer)?;
        let (place, to) = (&self.inner.place, signed("position", to.0)?);
        let sends = replay == ReplayCommands::Sent;
        let statement = || of(place, include_str!("sql/reset.sql"), consumer).bind(to).bind(sends);
        self.intervene("putting a consumer back", statement).await
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        check_texts(&skip.consumer)?;
        let (place, position) = (&self.inner.place, signed("position", skip.position.0)?);
        let statement = || {
            of(place, include_str!("sql/skip.sql"), &skip.consumer)
                .bind(position)
                .bind(words(&skip.reason))
                .bind(skip.at.as_millis())
        };
        self.intervene("letting a consumer pass an event", statement).await
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || of(place, include_str!("sql/skips.sql"), consumer).bind(bound(after.0));
        let (rows, _) = place.run("reading what a consumer is to pass", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("what {consumer} is to pass"), reason))
    }
}

fn decode(row: &PgRow) -> Result<Skip, String> {
    Ok(Skip {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        reason: text(row, 4)?.to_owned(),
        at: Timestamp::from_millis(integer(row, 5)?),
    })
}

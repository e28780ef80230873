//! Dead events.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    checkpoints::consumer_id,
    column::{integer, optional_text, text, unsigned},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, DeadEvent, DeadEventPlace, DeadEventStore, StoreError,
        values::{bound, limit, signed},
    },
};

#[async_trait]
impl DeadEventStore for SqliteStore {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        max: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/dead_events.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(bound(after.0))
            .bind(limit(max));
        let rows = rows(reading.connection()?, "listing dead events", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a dead event of {consumer}"), reason))
    }

    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        max: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let behind = after.map_or((-1, ""), |place| (bound(place.position.0), &*place.key));
        let text = match key {
            Some(_) => include_str!("sql/find_dead_events_of_key.sql"),
            None => include_str!("sql/find_dead_events.sql"),
        };
        let statement = sqlx::query(text)
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(behind.0)
            .bind(key.unwrap_or(behind.1))
            .bind(limit(max));
        let mut reading = self.inner.readers.acquire().await?;
        let rows = rows(reading.connection()?, "listing dead events", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a dead event of {consumer}"), reason))
    }
}

pub(super) async fn park(connection: &mut SqliteConnection, event: &DeadEvent) -> Result<(), StoreError> {
    let statement = sqlx::query(include_str!("sql/park.sql"))
        .bind(event.consumer.component.as_ref())
        .bind(event.consumer.version)
        .bind(event.consumer.context.as_ref())
        .bind(signed("position", event.position.0)?)
        .bind(&event.key)
        .bind(&event.error)
        .bind(event.attempts)
        .bind(event.at.as_millis())
        .bind(&event.timer)
        .bind(event.first_at.as_millis());
    execute(connection, "parking an event", statement).await?;
    Ok(())
}

/// Returns whether the key is open then.
pub(super) async fn unpark(
    connection: &mut SqliteConnection,
    consumer: &ConsumerId,
    place: &DeadEventPlace,
) -> Result<bool, StoreError> {
    let statement = sqlx::query(include_str!("sql/unpark.sql"))
        .bind(consumer.component.as_ref())
        .bind(consumer.version)
        .bind(consumer.context.as_ref())
        .bind(signed("position", place.position.0)?)
        .bind(&place.key);
    let rows = rows(connection, "taking a dead event off the list", statement).await?;
    let row = rows.first().ok_or_else(|| corrupt("a dead event", "there is no answer"))?;
    integer(row, 0).map(|open| open != 0).map_err(|reason| corrupt("a dead event", reason))
}

fn decode(row: &SqliteRow) -> Result<DeadEvent, String> {
    Ok(DeadEvent {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        key: text(row, 4)?.to_owned(),
        error: optional_text(row, 5)?.map(str::to_owned),
        attempts: unsigned(row, 6)?,
        at: Timestamp::from_millis(integer(row, 7)?),
        timer: optional_text(row, 8)?.map(str::to_owned),
        first_at: Timestamp::from_millis(integer(row, 9)?),
    })
}

//! Dead events.

use async_trait::async_trait;
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    PostgresStore,
    checkpoints::{check_texts, consumer_id},
    column::{get, integer, text, unsigned, without_nul, words},
    error::corrupt,
    place::Place,
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
impl DeadEventStore for PostgresStore {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        max: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/dead_events.sql"))
                .bind(consumer.component.as_ref())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_ref())
                .bind(bound(after.0))
                .bind(limit(max))
        };
        let (rows, _) = place.run("listing dead events", statement).await?;
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
        check_texts(consumer)?;
        let behind = after.map_or((-1, ""), |place| (bound(place.position.0), &*place.key));
        let text = match key {
            Some(_) => include_str!("sql/find_dead_events_of_key.sql"),
            None => include_str!("sql/find_dead_events.sql"),
        };
        // Nothing is put aside under a key that cannot be stored.
        let named = words(key.unwrap_or(behind.1));
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(text)
                .bind(consumer.component.as_ref())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_ref())
                .bind(behind.0)
                .bind(named.as_str())
                .bind(limit(max))
        };
        let (rows, _) = place.run("listing dead events", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a dead event of {consumer}"), reason))
    }
}

pub(super) async fn park(
    connection: &mut PgConnection,
    place: &Place,
    event: &DeadEvent,
) -> Result<(), StoreError> {
    check_texts(&event.consumer)?;
    without_nul(format_args!("the key of event {}", event.position), &event.key)?;
    let statement = place
        .statement(include_str!("sql/park.sql"))
        .bind(event.consumer.component.as_ref())
        .bind(i64::from(event.consumer.version))
        .bind(event.consumer.context.as_ref())
        .bind(signed("position", event.position.0)?)
        .bind(event.key.as_str())
        .bind(event.error.as_deref().map(words))
        .bind(i64::from(event.attempts))
        .bind(event.at.as_millis())
        .bind(event.timer.as_deref())
        .bind(event.first_at.as_millis());
    execute(connection, "parking an event", statement).await?;
    Ok(())
}

/// Returns whether the key is open then.
pub(super) async fn unpark(
    connection: &mut PgConnection,
    place: &Place,
    consumer: &ConsumerId,
    dead: &DeadEventPlace,
) -> Result<bool, StoreError> {
    let statement = place
        .statement(include_str!("sql/unpark.sql"))
        .bind(consumer.component.as_ref())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_ref())
        .bind(signed("position", dead.position.0)?)
        .bind(dead.key.as_str());
    let rows = rows(connection, "taking a dead event off the list", statement).await?;
    let row = rows.first().ok_or_else(|| corrupt("a dead event", "there is no answer"))?;
    get(row, 0).map_err(|reason| corrupt("a dead event", reason))
}

fn decode(row: &PgRow) -> Result<DeadEvent, String> {
    Ok(DeadEvent {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        key: text(row, 4)?.to_owned(),
        error: get::<Option<&str>>(row, 5)?.map(str::to_owned),
        attempts: unsigned(row, 6)?,
        at: Timestamp::from_millis(integer(row, 7)?),
        timer: get::<Option<&str>>(row, 8)?.map(str::to_owned),
        first_at: Timestamp::from_millis(integer(row, 9)?),
    })
}

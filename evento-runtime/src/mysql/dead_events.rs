//! Dead events.

use async_trait::async_trait;
use sqlx::{MySqlConnection, mysql::MySqlRow};

use super::{
    MySqlStore,
    checkpoints::{check_texts, consumer_id},
    column::{KEY, fits, integer, optional_text, text, unsigned},
    error::corrupt,
    place::Place,
    statement::execute,
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, DeadEvent, DeadEventStore, StoreError,
        values::{bound, limit, signed},
    },
};

#[async_trait]
impl DeadEventStore for MySqlStore {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        max: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/dead_events.sql"))
                .bind(consumer.component.as_bytes())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_bytes())
                .bind(bound(after.0))
                .bind(limit(max))
        };
        let (rows, _) = place.run("listing dead events", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a dead event of {consumer}"), reason))
    }
}

pub(super) async fn park(
    connection: &mut MySqlConnection,
    place: &Place,
    event: &DeadEvent,
) -> Result<(), StoreError> {
    check_texts(&event.consumer)?;
    fits(format_args!("the key of event {}", event.position), &event.key, KEY)?;
    let error = event.error.as_deref();
    place.takes(format_args!("the error of event {}", event.position), error.map_or(0, str::len))?;
    let statement = place
        .statement(include_str!("sql/park.sql"))
        .bind(event.consumer.component.as_bytes())
        .bind(i64::from(event.consumer.version))
        .bind(event.consumer.context.as_bytes())
        .bind(signed("position", event.position.0)?)
        .bind(event.key.as_bytes())
        .bind(error)
        .bind(i64::from(event.attempts))
        .bind(event.at.as_millis())
        .bind(event.timer.as_deref().map(str::as_bytes));
    execute(connection, "parking an event", statement).await?;
    Ok(())
}

fn decode(row: &MySqlRow) -> Result<DeadEvent, String> {
    Ok(DeadEvent {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        key: text(row, 4)?.to_owned(),
        error: optional_text(row, 5)?.map(str::to_owned),
        attempts: unsigned(row, 6)?,
        at: Timestamp::from_millis(integer(row, 7)?),
        timer: optional_text(row, 8)?.map(str::to_owned),
    })
}

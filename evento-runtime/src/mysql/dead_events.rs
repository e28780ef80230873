//! Dead events.

use async_trait::async_trait;
use sqlx::{MySqlConnection, mysql::MySqlRow};

use super::{
    MySqlStore,
    checkpoints::{check_texts, consumer_id, key},
    column::{KEY, count, fits, integer, optional_text, text, unsigned},
    error::{corrupt, failed},
    place::Place,
    script::{Script, Value},
    statement::{execute, run_script},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, DeadEvent, DeadEventPlace, DeadEventStore, StoreError,
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

    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        of: Option<&str>,
        after: Option<&DeadEventPlace>,
        max: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let behind = after.map_or((-1, ""), |place| (bound(place.position.0), &*place.key));
        let place = &self.inner.place;
        let statement = || {
            let text = match of {
                Some(_) => include_str!("sql/find_dead_events_of_key.sql"),
                None => include_str!("sql/find_dead_events.sql"),
            };
            let statement = place
                .statement(text)
                .bind(consumer.component.as_bytes())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_bytes());
            let statement = match of {
                Some(key) => statement.bind(key.as_bytes()).bind(behind.0),
                None => statement.bind(behind.0).bind(behind.0).bind(behind.1.as_bytes()),
            };
            statement.bind(limit(max))
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
        .bind(event.timer.as_deref().map(str::as_bytes))
        .bind(event.first_at.as_millis());
    execute(connection, "parking an event", statement).await?;
    Ok(())
}

/// Returns whether the key is open then.
pub(super) async fn unpark(
    connection: &mut MySqlConnection,
    place: &Place,
    consumer: &ConsumerId,
    dead: &DeadEventPlace,
) -> Result<bool, StoreError> {
    let [component, version, context] = key(consumer);
    let (position, of) = (Value::Number(signed("position", dead.position.0)?), Value::Key(&dead.key));
    let mut script = Script::new(&place.texts);
    script.push(
        include_str!("sql/unpark.sql"),
        &[component, version, context, position, of, component, version, context, of],
    );
    let answers = run_script(connection, script.finish()).await;
    let answers = answers.map_err(|broken| failed("taking a dead event off the list", broken.error))?;
    let row = answers.iter().find_map(|answered| answered.rows.first());
    let row = row.ok_or_else(|| corrupt("a dead event", "there is no answer"))?;
    count(row, 0).map(|open| open != 0).map_err(|reason| corrupt("a dead event", reason))
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
        first_at: Timestamp::from_millis(integer(row, 9)?),
    })
}

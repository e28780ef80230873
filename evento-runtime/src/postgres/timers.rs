//! Timers.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    PostgresStore,
    column::{integer, json, json_text, text, uuid, without_nul},
    error::corrupt,
    place::Place,
    statement::execute,
};
use crate::{
    message::{DeadlineMessage, MessageId, Timestamp},
    store::{
        SagaId, StoreError, TimerPlace, TimerRecord, TimerStore,
        values::{context, limit, metadata, to_json},
    },
};

#[async_trait]
impl TimerStore for PostgresStore {
    async fn timers(
        &self,
        saga: &str,
        after: Option<&TimerPlace>,
        max: usize,
    ) -> Result<Vec<TimerRecord>, StoreError> {
        let after = after.cloned().unwrap_or_else(TimerPlace::first);
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/timers.sql"))
                .bind(saga)
                .bind(after.due.as_millis())
                .bind(after.saga_id.0)
                .bind(after.key.as_str())
                .bind(limit(max))
        };
        let (rows, _) = place.run("reading timers", statement).await?;
        rows.iter().map(record).collect()
    }

    async fn timers_of(&self, saga: &str, id: SagaId) -> Result<Vec<TimerRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/timers_of.sql")).bind(saga).bind(id.0);
        let (rows, _) = place.run("reading the timers of a saga", statement).await?;
        rows.iter().map(record).collect()
    }
}

pub(super) async fn put(
    connection: &mut PgConnection,
    place: &Place,
    timer: &TimerRecord,
) -> Result<(), StoreError> {
    let message = &timer.message;
    without_nul(format_args!("the key of a timer of saga `{}`", timer.saga), &timer.key)?;
    let statement = place
        .statement(include_str!("sql/put_timer.sql"))
        .bind(timer.saga.as_ref())
        .bind(timer.saga_id.0)
        .bind(timer.key.as_str())
        .bind(message.id.0)
        .bind(message.name.as_ref())
        .bind(message.correlation_id.0)
        .bind(message.causation_id.0)
        .bind(message.due.as_millis())
        .bind(to_json(&message.metadata)?)
        .bind(message.context.as_str())
        .bind(message.payload.get());
    execute(connection, "saving a timer", statement).await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    place: &Place,
    saga: &str,
    id: SagaId,
    key: &str,
) -> Result<(), StoreError> {
    let statement = place.statement(include_str!("sql/delete_timer.sql")).bind(saga).bind(id.0).bind(key);
    execute(connection, "deleting a timer", statement).await?;
    Ok(())
}

fn record(row: &PgRow) -> Result<TimerRecord, StoreError> {
    let key = text(row, 2).unwrap_or("without key");
    decode(row).map_err(|reason| corrupt(format_args!("timer `{key}` of a saga"), reason))
}

fn decode(row: &PgRow) -> Result<TimerRecord, String> {
    Ok(TimerRecord {
        saga: Cow::Owned(text(row, 0)?.to_owned()),
        saga_id: SagaId(uuid(row, 1)?),
        key: text(row, 2)?.to_owned(),
        message: DeadlineMessage {
            id: MessageId(uuid(row, 3)?),
            name: Cow::Owned(text(row, 4)?.to_owned()),
            correlation_id: MessageId(uuid(row, 5)?),
            causation_id: MessageId(uuid(row, 6)?),
            due: Timestamp::from_millis(integer(row, 7)?),
            metadata: metadata(json_text(row, 8)?)?,
            context: context(text(row, 9)?),
            payload: json(row, 10)?,
        },
    })
}

//! Timers.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    column::{integer, json, text, uuid},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{DeadlineMessage, MessageId, Timestamp},
    store::{
        SagaId, StoreError, TimerPlace, TimerRecord, TimerStore,
        values::{context, limit, metadata, to_json},
    },
};

#[async_trait]
impl TimerStore for SqliteStore {
    async fn timers(
        &self,
        saga: &str,
        after: Option<&TimerPlace>,
        max: usize,
    ) -> Result<Vec<TimerRecord>, StoreError> {
        let after = after.cloned().unwrap_or_else(TimerPlace::first);
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/timers.sql"))
            .bind(saga)
            .bind(after.due.as_millis())
            .bind(after.saga_id.to_string())
            .bind(after.key)
            .bind(limit(max));
        let rows = rows(reading.connection()?, "reading timers", statement).await?;
        reading.done();
        rows.iter().map(record).collect()
    }

    async fn timers_of(&self, saga: &str, id: SagaId) -> Result<Vec<TimerRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/timers_of.sql")).bind(saga).bind(id.to_string());
        let rows = rows(reading.connection()?, "reading the timers of a saga", statement).await?;
        reading.done();
        rows.iter().map(record).collect()
    }
}

pub(super) async fn put(connection: &mut SqliteConnection, timer: &TimerRecord) -> Result<(), StoreError> {
    let message = &timer.message;
    let statement = sqlx::query(include_str!("sql/put_timer.sql"))
        .bind(timer.saga.as_ref())
        .bind(timer.saga_id.to_string())
        .bind(&timer.key)
        .bind(message.id.to_string())
        .bind(message.name.as_ref())
        .bind(message.correlation_id.to_string())
        .bind(message.causation_id.to_string())
        .bind(message.due.as_millis())
        .bind(to_json(&message.metadata)?)
        .bind(message.context.as_str())
        .bind(message.payload.get());
    execute(connection, "saving a timer", statement).await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    saga: &str,
    id: SagaId,
    key: &str,
) -> Result<(), StoreError> {
    let statement =
        sqlx::query(include_str!("sql/delete_timer.sql")).bind(saga).bind(id.to_string()).bind(key);
    execute(connection, "deleting a timer", statement).await?;
    Ok(())
}

fn record(row: &SqliteRow) -> Result<TimerRecord, StoreError> {
    let key = text(row, 2).unwrap_or("without key");
    decode(row).map_err(|reason| corrupt(format_args!("timer `{key}` of a saga"), reason))
}

fn decode(row: &SqliteRow) -> Result<TimerRecord, String> {
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
            metadata: metadata(text(row, 8)?)?,
            context: context(text(row, 9)?),
            payload: json(row, 10)?,
        },
    })
}

//! Unmatched events.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    column::{integer, text, unsigned},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        StoreError, UnmatchedEvent, UnmatchedEventStore,
        values::{bound, limit, signed},
    },
};

#[async_trait]
impl UnmatchedEventStore for SqliteStore {
    async fn unmatched_events(
        &self,
        saga: &str,
        after: Position,
        max: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/unmatched_events.sql"))
            .bind(saga)
            .bind(bound(after.0))
            .bind(limit(max));
        let rows = rows(reading.connection()?, "listing unmatched events", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("an unmatched event of {saga}"), reason))
    }

    async fn dismiss_unmatched(&self, saga: &str, position: Position) -> Result<bool, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        let position = bound(position.0);
        let statement = || sqlx::query(include_str!("sql/dismiss_unmatched.sql")).bind(saga).bind(position);
        let (_, dismissed) = writing.run("dismissing an unmatched event", statement).await?;
        Ok(dismissed > 0)
    }
}

pub(super) async fn put(connection: &mut SqliteConnection, event: &UnmatchedEvent) -> Result<(), StoreError> {
    let statement = sqlx::query(include_str!("sql/put_unmatched.sql"))
        .bind(event.saga.as_ref())
        .bind(signed("position", event.position.0)?)
        .bind(event.event.as_ref())
        .bind(event.association.as_ref())
        .bind(&event.value)
        .bind(event.at.as_millis());
    execute(connection, "listing an unmatched event", statement).await?;
    Ok(())
}

fn decode(row: &SqliteRow) -> Result<UnmatchedEvent, String> {
    Ok(UnmatchedEvent {
        saga: Cow::Owned(text(row, 0)?.to_owned()),
        position: Position(unsigned(row, 1)?),
        event: Cow::Owned(text(row, 2)?.to_owned()),
        association: Cow::Owned(text(row, 3)?.to_owned()),
        value: text(row, 4)?.to_owned(),
        at: Timestamp::from_millis(integer(row, 5)?),
    })
}

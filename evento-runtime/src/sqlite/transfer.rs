//! Carrying the log to and from other stores.

use std::ops::ControlFlow;

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{
    SqliteStore, append,
    column::{integer, optional_integer, unsigned, uuid},
    error::corrupt,
    events::{decode, each_row, log_end},
    statement::rows,
};
use crate::{
    message::{Position, StoredEvent, StreamId, Timestamp},
    store::{
        Bounded, EventStore, LogImport, LogImportError, LogMark, LogQuery, LogRecord, LogRecordPage,
        LogTransfer, StoreError, advance,
        values::{bound, limit, to_json},
    },
};

#[async_trait]
impl LogTransfer for SqliteStore {
    async fn incarnation(&self) -> Result<Uuid, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/incarnation.sql"));
        let rows = rows(reading.connection()?, "reading the incarnation of the log", statement).await?;
        reading.done();
        let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        uuid(row, 0).map_err(|reason| corrupt("the head of the log", reason))
    }

    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError> {
        let names = Some(&query.filter.names).filter(|names| !names.is_empty()).map(to_json).transpose()?;
        let contexts =
            Some(&query.filter.contexts).filter(|contexts| !contexts.is_empty()).map(to_json).transpose()?;
        let statement = sqlx::query(include_str!("sql/read_records.sql"))
            .bind(bound(query.after.position.0))
            .bind(bound(query.until.map_or(u64::MAX, |until| until.0)))
            .bind(names.as_deref())
            .bind(contexts.as_deref())
            .bind(query.filter.stream_kind.as_deref())
            .bind(query.filter.recorded_until.map(Timestamp::as_millis))
            .bind(limit(query.max_events.max(1)))
            .bind(query.after.event.map(|event| event.to_string()));
        let mut reading = self.inner.readers.acquire().await?;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        let mut end = None;
        each_row(reading.connection()?, "reading the log", statement, |row| {
            if end.is_none() {
                end = Some(log_end(row));
            }
            if optional_integer(row, 3).is_ok_and(|position| position.is_none()) {
                return Ok(ControlFlow::Continue(()));
            }
            let record = record(row, 3)?;
            Ok(batch.offer(record.event.size(), || record))
        })
        .await?;
        reading.done();
        let end = end.unwrap_or_else(|| Err("there is none".to_owned()));
        let end = end.map_err(|reason| corrupt("the head of the log", reason))?;
        advance(&self.inner.head, end.head);
        end.record_page(query, batch)
    }

    async fn find_records(&self, places: &[(StreamId, u64)]) -> Result<Vec<LogRecord>, StoreError> {
        let wanted: Vec<_> =
            places.iter().map(|(stream, version)| (&stream.kind, &*stream.id, bound(*version))).collect();
        let statement = sqlx::query(include_str!("sql/find_records.sql")).bind(to_json(&wanted)?);
        let mut reading = self.inner.readers.acquire().await?;
        let rows = rows(reading.connection()?, "looking for events", statement).await?;
        reading.done();
        rows.iter().map(|row| record(row, 0)).collect()
    }

    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError> {
        import.check(self.max_event_bytes())?;
        append::import(self.inner.appends.writer(), import).await
    }
}

/// The record of a row, whose columns begin at `first`: those of an event, and what the log keeps beside it.
fn record(row: &SqliteRow, first: usize) -> Result<LogRecord, StoreError> {
    let position = unsigned(row, first).map_err(|reason| corrupt("the position of an event", reason))?;
    let read = || {
        let event = StoredEvent { position: Position(position), message: decode(row, first)? };
        Ok(LogRecord {
            event,
            closes: integer(row, first + 13)? != 0,
            purged: integer(row, first + 14)? != 0,
        })
    };
    read().map_err(|reason: String| corrupt(format_args!("event {position}"), reason))
}

//! Carrying the log to and from other stores.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{
    PostgresStore,
    append::{self, Log},
    column::{get, unsigned, without_nul},
    error::corrupt,
    events::{decode, log_end, wanted},
};
use crate::{
    message::{Context, Position, StoredEvent, StreamId, Timestamp},
    store::{
        Bounded, EventStore, LogImport, LogImportError, LogMark, LogQuery, LogRecord, LogRecordPage,
        LogTransfer, StoreError, advance,
        values::{bound, limit},
    },
};

#[async_trait]
impl LogTransfer for PostgresStore {
    async fn incarnation(&self) -> Result<Uuid, StoreError> {
        let place = &self.inner.place;
        let statement = || Log::statement(place, include_str!("sql/head.sql"), None);
        let (rows, _) = place.run("reading the incarnation of the log", statement).await?;
        Ok(Log::of(rows.first())?.0.incarnation)
    }

    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError> {
        let place = &self.inner.place;
        let names = wanted(query.filter.names.iter().map(|name| &**name));
        let contexts = wanted(query.filter.contexts.iter().map(Context::as_str));
        let kind =
            query.filter.stream_kind.as_deref().map(|kind| if kind.contains('\0') { "" } else { kind });
        let statement = || {
            place
                .statement(include_str!("sql/read_records.sql"))
                .bind(bound(query.after.position.0))
                .bind(bound(query.until.map_or(u64::MAX, |until| until.0)))
                .bind(names.clone())
                .bind(contexts.clone())
                .bind(kind)
                .bind(query.filter.recorded_until.map(Timestamp::as_millis))
                .bind(limit(query.max_events.max(1)))
                .bind(limit(query.max_bytes.max(1)))
                .bind(query.after.event.map(|event| event.0))
        };
        let (rows, _) = place.run("reading the log", statement).await?;
        let end = rows.first().ok_or_else(|| "there is none".to_owned()).and_then(log_end);
        let end = end.map_err(|reason| corrupt("the head of the log", reason))?;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        for row in &rows {
            if get::<Option<i64>>(row, 3).is_ok_and(|position| position.is_none()) {
                continue;
            }
            let record = record(row, 3)?;
            if batch.offer(record.event.size(), || record).is_break() {
                break;
            }
        }
        advance(&self.inner.head, end.head);
        end.record_page(query, batch)
    }

    async fn find_records(&self, places: &[(StreamId, u64)]) -> Result<Vec<LogRecord>, StoreError> {
        let place = &self.inner.place;
        // One that cannot be stored cannot be found either.
        let places =
            places.iter().filter(|(stream, _)| !stream.kind.contains('\0') && !stream.id.contains('\0'));
        let places: Vec<&(StreamId, u64)> = places.collect();
        let statement = || {
            place
                .statement(include_str!("sql/find_records.sql"))
                .bind(places.iter().map(|(stream, _)| stream.kind.as_ref()).collect::<Vec<_>>())
                .bind(places.iter().map(|(stream, _)| &*stream.id).collect::<Vec<_>>())
                .bind(places.iter().map(|(_, version)| bound(*version)).collect::<Vec<_>>())
        };
        let (rows, _) = place.run("looking for events", statement).await?;
        rows.iter().map(|row| record(row, 0)).collect()
    }

    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError> {
        import.check(self.max_event_bytes())?;
        for record in &import.records {
            check_texts(record)?;
        }
        append::import(self.inner.appends.writer(), import).await
    }
}

/// Refuses what PostgreSQL cannot store, by name.
fn check_texts(record: &LogRecord) -> Result<(), StoreError> {
    let event = &record.event.message;
    without_nul(format_args!("the type of {:?}", event.stream.kind), &event.stream.kind)?;
    without_nul(format_args!("the id {:?} of {}", event.stream.id, event.stream.kind), &event.stream.id)?;
    without_nul(format_args!("the name of event {:?}", event.name), &event.name)?;
    without_nul(format_args!("the context of event `{}`", event.name), event.context.as_str())
}

/// The record of a row, whose columns begin at `first`: those of an event, and what the log keeps beside it.
fn record(row: &PgRow, first: usize) -> Result<LogRecord, StoreError> {
    let position = unsigned(row, first).map_err(|reason| corrupt("the position of an event", reason))?;
    let read = || {
        let event = StoredEvent { position: Position(position), message: decode(row, first, None)? };
        Ok(LogRecord { event, closes: get(row, first + 13)?, purged: get(row, first + 14)? })
    };
    read().map_err(|reason: String| corrupt(format_args!("event {position}"), reason))
}

//! Carrying the log to and from other stores.

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use super::{
    MySqlStore,
    append::{self, Log},
    column::{ID, NAME, beginning, fits, get, integer, unsigned},
    error::corrupt,
    events::{decode, filtered, log_end, wanted},
    script::{Script, Value},
};
use crate::{
    message::{Position, StoredEvent, StreamId},
    store::{
        Bounded, EventStore, LogImport, LogImportError, LogMark, LogQuery, LogRecord, LogRecordPage,
        LogTransfer, StoreError, advance,
        values::{bound, limit},
    },
};

#[async_trait]
impl LogTransfer for MySqlStore {
    async fn incarnation(&self) -> Result<Uuid, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/head.sql"));
        let (rows, _) = place.run("reading the incarnation of the log", statement).await?;
        Ok(Log::of(rows.first())?.incarnation)
    }

    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError> {
        let place = &self.inner.place;
        let (after, until) =
            (bound(query.after.position.0), bound(query.until.map_or(u64::MAX, |until| until.0)));
        let event = query.after.event.map(|event| event.0);
        let text = filtered(place, include_str!("sql/read_records.sql"), &query.filter);
        let statement = || {
            let mut statement = sqlx::query(text.clone())
                .persistent(place.prepared)
                .bind(after)
                .bind(event)
                .bind(event)
                .bind(until)
                .bind(after)
                .bind(after)
                .bind(until);
            for wanted in wanted(&query.filter) {
                statement = statement.bind(wanted.as_bytes());
            }
            if let Some(until) = query.filter.recorded_until {
                statement = statement.bind(until.as_millis());
            }
            statement.bind(limit(query.max_events.max(1))).bind(limit(query.max_bytes.max(1)))
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
        let mut found = Vec::new();
        // Ids may be long: no more of them at once than a script has room for.
        for some in places.chunks((place.longest_script() / (4 * ID)).max(1)) {
            let mut script = Script::new(&place.texts);
            script.push_list(include_str!("sql/find_records.sql"), &[], |list| {
                for (stream, version) in some {
                    let (kind, id) = (Value::Key(&stream.kind), Value::Key(&stream.id));
                    list.row(&[kind, id, Value::Number(bound(*version))]);
                }
            });
            for answered in place.run_script("looking for events", &script.finish()).await? {
                for row in &answered.rows {
                    found.push(record(row, 0)?);
                }
            }
        }
        Ok(found)
    }

    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError> {
        import.check(self.max_event_bytes())?;
        for record in &import.records {
            check_texts(record)?;
        }
        append::import(self.inner.appends.writer(), import).await
    }
}

/// Refuses what has no room, by name.
fn check_texts(record: &LogRecord) -> Result<(), StoreError> {
    let event = &record.event.message;
    let stream = &event.stream;
    fits(format_args!("the type {}", beginning(&stream.kind)), &stream.kind, NAME)?;
    fits(format_args!("the id {} of {}", beginning(&stream.id), stream.kind), &stream.id, ID)?;
    fits(format_args!("the name {} of an event", beginning(&event.name)), &event.name, NAME)?;
    fits(format_args!("the context of event `{}`", event.name), event.context.as_str(), NAME)
}

/// The record of a row, whose columns begin at `first`: those of an event, and what the log keeps beside it.
fn record(row: &MySqlRow, first: usize) -> Result<LogRecord, StoreError> {
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

//! Reading the log.

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, mysql::MySqlRow};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::{
    MySqlStore,
    append::Log,
    column::{ID, NAME, beginning, fits, get, integer, json, text, unsigned, uuid},
    error::corrupt,
    place::{Place, too_large},
};
use crate::{
    message::{Context, EventMessage, MessageId, Position, StoredEvent, StreamId, Timestamp},
    store::{
        Append, AppendError, Appended, Bounded, EventStore, LogEnd, LogFilter, LogPage, LogQuery, StoreError,
        advance, check_sizes,
        values::{bound, context, limit, metadata},
    },
};

pub(super) async fn head(place: &Arc<Place>) -> Result<Position, StoreError> {
    let (rows, _) = place.run("reading the head", || place.statement(include_str!("sql/head.sql"))).await?;
    Ok(Position(Log::of(rows.first())?.head))
}

/// The largest event in bytes, when the server takes as much.
const LARGEST: usize = 16 * 1024 * 1024;

#[async_trait]
impl EventStore for MySqlStore {
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError> {
        let bytes = check_sizes(&append, self.max_event_bytes()).map_err(|error| self.remedy(error))?;
        check_texts(&append)?;
        self.inner.appends.append(append, bytes, deadline).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/read_stream.sql"))
                .bind(stream.kind.as_bytes())
                .bind(stream.id.as_bytes())
                .bind(bound(after))
                .bind(limit(max_events.max(1)))
                .bind(limit(max_bytes.max(1)))
        };
        let (rows, _) = place.run("reading a stream", statement).await?;
        let mut batch = Bounded::new(max_events, max_bytes);
        for row in &rows {
            if integer(row, 0).is_ok_and(|purged| purged != 0) {
                return Err(StoreError::Purged { stream: stream.clone() });
            }
            if offer(&mut batch, row, 1)?.is_break() {
                break;
            }
        }
        Ok(batch.into_items())
    }

    async fn read_log(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let place = &self.inner.place;
        if let Some(page) = place.tail.page(query) {
            return Ok(page);
        }
        let until = query.until.map_or(u64::MAX, |until| until.0);
        let after = bound(query.after.position.0);
        let event = query.after.event.map(|event| event.0);
        let text = filtered(place, include_str!("sql/read_log.sql"), &query.filter);
        let statement = || {
            let mut statement = sqlx::query(text.clone())
                .persistent(place.prepared)
                .bind(after)
                .bind(event)
                .bind(event)
                .bind(bound(until))
                .bind(after)
                .bind(after)
                .bind(bound(until));
            for wanted in wanted(&query.filter) {
                statement = statement.bind(wanted.as_bytes());
            }
            if let Some(until) = query.filter.recorded_until {
                statement = statement.bind(until.as_millis());
            }
            statement.bind(limit(query.max_events.max(1))).bind(limit(query.max_bytes.max(1)))
        };
        let (rows, _) = place.run("reading the log", statement).await?;
        let end = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        let end = log_end(end).map_err(|reason| corrupt("the head of the log", reason))?;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        for row in &rows {
            if get::<Option<i64>>(row, 3).is_ok_and(|position| position.is_none()) {
                continue;
            }
            if offer(&mut batch, row, 3)?.is_break() {
                break;
            }
        }
        advance(&self.inner.head, end.head);
        let full = batch.is_full();
        end.page(query, batch.into_items(), full)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let head = head(&self.inner.place).await?;
        advance(&self.inner.head, head);
        Ok(head)
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }

    fn max_event_bytes(&self) -> usize {
        LARGEST.min(self.inner.place.largest())
    }
}

impl MySqlStore {
    /// Says what to do about an event that is too large, when it is the server that takes no more.
    fn remedy(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::TooLarge { what, size, limit } if limit < LARGEST => {
                StoreError::TooLarge { what: too_large(what), size, limit }
            }
            other => other,
        }
    }
}

/// A statement on the log, with a place for each text that is looked for.
pub(super) fn filtered(place: &Place, text: &'static str, filter: &LogFilter) -> SqlStr {
    const FILTERS: &str = "/* filters */";
    place.texts.with(text, |text| {
        let mut filters = String::new();
        for (column, wanted) in [("name", filter.names.len()), ("context", filter.contexts.len())] {
            if wanted > 0 {
                filters.push_str(&format!("and {column} in ({}) ", vec!["?"; wanted].join(", ")));
            }
        }
        if filter.stream_kind.is_some() {
            filters.push_str("and stream_kind = ? ");
        }
        if filter.recorded_until.is_some() {
            filters.push_str("and timestamp <= ? ");
        }
        AssertSqlSafe(text.replacen(FILTERS, &filters, 1)).into_sql_str()
    })
}

/// The head of the log, in the first columns.
pub(super) fn log_end(row: &MySqlRow) -> Result<LogEnd, String> {
    let event: Option<Uuid> = get(row, 1)?;
    let same = integer(row, 2)? != 0;
    Ok(LogEnd { head: Position(unsigned(row, 0)?), event: event.map(MessageId), same })
}

/// The texts that are looked for, in the order of their places.
pub(super) fn wanted(filter: &LogFilter) -> impl Iterator<Item = &str> {
    let names = filter.names.iter().map(|name| &**name);
    names.chain(filter.contexts.iter().map(Context::as_str)).chain(filter.stream_kind.as_deref())
}

/// Refuses what has no room before it would make a group fail.
fn check_texts(append: &Append) -> Result<(), StoreError> {
    let stream = &append.stream;
    fits(format_args!("the type {}", beginning(&stream.kind)), &stream.kind, NAME)?;
    fits(format_args!("the id {} of {}", beginning(&stream.id), stream.kind), &stream.id, ID)?;
    fits(format_args!("the name of command {}", append.command), &append.recording.name, NAME)?;
    for event in &append.events {
        fits(format_args!("the name {} of an event", beginning(&event.name)), &event.name, NAME)?;
        fits(format_args!("the context of event `{}`", event.name), event.context.as_str(), NAME)?;
    }
    Ok(())
}

/// Offers the event of a row, whose columns begin at `first`.
fn offer(
    batch: &mut Bounded<StoredEvent>,
    row: &MySqlRow,
    first: usize,
) -> Result<ControlFlow<()>, StoreError> {
    let position = unsigned(row, first).map_err(|reason| corrupt("the position of an event", reason))?;
    let message = decode(row, first).map_err(|reason| corrupt(format_args!("event {position}"), reason))?;
    let event = StoredEvent { position: Position(position), message };
    Ok(batch.offer(event.size(), || event))
}

pub(super) fn decode(row: &MySqlRow, first: usize) -> Result<EventMessage, String> {
    Ok(EventMessage {
        id: MessageId(uuid(row, first + 1)?),
        stream: StreamId {
            kind: Cow::Owned(text(row, first + 2)?.to_owned()),
            id: text(row, first + 3)?.into(),
        },
        version: unsigned(row, first + 4)?,
        name: Cow::Owned(text(row, first + 5)?.to_owned()),
        payload_version: unsigned(row, first + 6)?,
        context: context(text(row, first + 7)?),
        correlation_id: MessageId(uuid(row, first + 8)?),
        causation_id: MessageId(uuid(row, first + 9)?),
        timestamp: Timestamp::from_millis(integer(row, first + 10)?),
        metadata: metadata(text(row, first + 11)?)?,
        payload: json(row, first + 12)?,
    })
}

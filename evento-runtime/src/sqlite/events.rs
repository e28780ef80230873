//! Reading the log.

use std::{borrow::Cow, ops::ControlFlow};

use async_trait::async_trait;
use sqlx::{Either, Executor, SqliteConnection, sqlite::SqliteRow};
use tokio::{sync::watch, time::Instant};

use super::{
    SqliteStore,
    column::{integer, json, optional_integer, optional_text, text, unsigned, uuid},
    error::{corrupt, failed},
    packed::Packed,
    statement::{Statement, next, rows},
};
use crate::{
    message::{EventMessage, MessageId, Position, StoredEvent, StreamId, Timestamp},
    store::{
        Append, AppendError, Appended, Bounded, EventStore, LogEnd, LogPage, LogQuery, StoreError, advance,
        check_sizes, share,
        values::{bound, context, limit, metadata, to_json},
    },
};

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError> {
        let bytes = check_sizes(&append, self.max_event_bytes())?;
        self.inner.appends.append(append, bytes, deadline).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let by_version = |text: &'static str| {
            sqlx::query(text)
                .bind(stream.kind.as_ref())
                .bind(stream.id.as_ref())
                .bind(bound(after))
                .bind(limit(max_events.max(1)))
        };
        let mut batch = Bounded::new(max_events, max_bytes);
        if let Some(share) = share(max_events, max_bytes) {
            let statement = by_version(include_str!("sql/read_stream_packed.sql")).bind(limit(share));
            let row = one_row(reading.connection()?, "reading a stream", statement).await?;
            if offer_packed(&mut batch, &row, 0, Some(stream))? {
                reading.done();
                return Ok(batch.into_items());
            }
        }
        let statement = by_version(include_str!("sql/read_stream.sql"));
        each_row(reading.connection()?, "reading a stream", statement, |row| {
            if integer(row, 0).is_ok_and(|purged| purged != 0) {
                return Err(StoreError::Purged { stream: stream.clone() });
            }
            offer(&mut batch, row, 1)
        })
        .await?;
        reading.done();
        Ok(batch.into_items())
    }

    async fn read_log(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let names = Some(&query.filter.names).filter(|names| !names.is_empty()).map(to_json).transpose()?;
        let contexts =
            Some(&query.filter.contexts).filter(|contexts| !contexts.is_empty()).map(to_json).transpose()?;
        let until = query.until.map_or(u64::MAX, |until| until.0);
        let by_position = |text: &'static str| {
            sqlx::query(text)
                .bind(bound(query.after.position.0))
                .bind(bound(until))
                .bind(names.as_deref())
                .bind(contexts.as_deref())
                .bind(query.filter.stream_kind.as_deref())
                .bind(query.filter.recorded_until.map(Timestamp::as_millis))
                .bind(limit(query.max_events.max(1)))
                .bind(query.after.event.map(|event| event.to_string()))
        };
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        if let Some(share) = share(query.max_events, query.max_bytes) {
            let statement = by_position(include_str!("sql/read_log_packed.sql")).bind(limit(share));
            let row = one_row(reading.connection()?, "reading the log", statement).await?;
            if offer_packed(&mut batch, &row, 3, None)? {
                reading.done();
                return self.page(query, log_end(&row), batch);
            }
        }
        let statement = by_position(include_str!("sql/read_log.sql"));
        let mut end = None;
        each_row(reading.connection()?, "reading the log", statement, |row| {
            if end.is_none() {
                end = Some(log_end(row));
            }
            if optional_integer(row, 3).is_ok_and(|position| position.is_none()) {
                return Ok(ControlFlow::Continue(()));
            }
            offer(&mut batch, row, 3)
        })
        .await?;
        reading.done();
        self.page(query, end.unwrap_or_else(|| Err("there is none".to_owned())), batch)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let head = head(reading.connection()?).await?;
        reading.done();
        advance(&self.inner.head, head);
        Ok(head)
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }
}

impl SqliteStore {
    /// What was read, up to where the log reaches.
    fn page(
        &self,
        query: &LogQuery,
        end: Result<LogEnd, String>,
        batch: Bounded<StoredEvent>,
    ) -> Result<LogPage, StoreError> {
        let end = end.map_err(|reason| corrupt("the head of the log", reason))?;
        advance(&self.inner.head, end.head);
        let full = batch.is_full();
        end.page(query, batch.into_items(), full)
    }
}

pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Position, StoreError> {
    let rows = rows(connection, "reading the head", sqlx::query(include_str!("sql/head.sql"))).await?;
    let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
    unsigned(row, 0).map(Position).map_err(|reason| corrupt("the head of the log", reason))
}

/// Reads row by row until the limit of a batch, so that no more than about a batch is ever in memory.
pub(super) async fn each_row(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
    mut take: impl FnMut(&SqliteRow) -> Result<ControlFlow<()>, StoreError> + Send,
) -> Result<(), StoreError> {
    let mut stream = connection.fetch_many(statement);
    while let Some(step) = next(&mut stream).await {
        if let Either::Right(row) = step.map_err(|error| failed(doing, error))?
            && take(&row)?.is_break()
        {
            break;
        }
    }
    Ok(())
}

/// The row of a statement that always has one.
async fn one_row(
    connection: &mut SqliteConnection,
    doing: &str,
    statement: Statement<'_>,
) -> Result<SqliteRow, StoreError> {
    let mut rows = rows(connection, doing, statement).await?;
    rows.pop().ok_or_else(|| corrupt("the head of the log", "there is none"))
}

/// Offers the events of a text, unless one that was found is not in it. The columns begin at `first`.
fn offer_packed(
    batch: &mut Bounded<StoredEvent>,
    row: &SqliteRow,
    first: usize,
    stream: Option<&StreamId>,
) -> Result<bool, StoreError> {
    let columns = || Ok((integer(row, first)?, integer(row, first + 1)?, optional_text(row, first + 2)?));
    let (found, sent, text) =
        columns().map_err(|reason: String| corrupt("what was read of the log", reason))?;
    if found != sent {
        return Ok(false);
    }
    for event in Packed::new(text.unwrap_or_default(), stream) {
        let event = event?;
        if batch.offer(event.size(), || event).is_break() {
            break;
        }
    }
    Ok(true)
}

/// The head of the log, in the first columns.
pub(super) fn log_end(row: &SqliteRow) -> Result<LogEnd, String> {
    let event = optional_text(row, 1)?.map(|_| uuid(row, 1)).transpose()?.map(MessageId);
    Ok(LogEnd { head: Position(unsigned(row, 0)?), event, same: integer(row, 2)? != 0 })
}

/// Offers the event of a row, whose columns begin at `first`.
fn offer(
    batch: &mut Bounded<StoredEvent>,
    row: &SqliteRow,
    first: usize,
) -> Result<ControlFlow<()>, StoreError> {
    let position = unsigned(row, first).map_err(|reason| corrupt("the position of an event", reason))?;
    let message = decode(row, first).map_err(|reason| corrupt(format_args!("event {position}"), reason))?;
    let event = StoredEvent { position: Position(position), message };
    Ok(batch.offer(event.size(), || event))
}

pub(super) fn decode(row: &SqliteRow, first: usize) -> Result<EventMessage, String> {
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

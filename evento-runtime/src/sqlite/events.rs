//! Reading the log.

use std::{borrow::Cow, collections::BTreeMap, ops::ControlFlow};

use async_trait::async_trait;
use sqlx::{Either, Executor, SqliteConnection, sqlite::SqliteRow};
use tokio::{sync::watch, time::Instant};

use super::{
    SqliteStore,
    column::{bound, integer, json, limit, optional_integer, optional_text, text, to_json, unsigned, uuid},
    error::{corrupt, failed},
    statement::{Statement, next, rows},
};
use crate::{
    message::{Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp},
    store::{
        Append, AppendError, Appended, Bounded, EventStore, LogEnd, LogPage, LogQuery, StoreError,
        check_sizes,
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
        let statement = sqlx::query(include_str!("sql/read_stream.sql"))
            .bind(stream.kind.as_ref())
            .bind(stream.id.as_ref())
            .bind(bound(after))
            .bind(limit(max_events.max(1)));
        let mut batch = Bounded::new(max_events, max_bytes);
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
        let statement = sqlx::query(include_str!("sql/read_log.sql"))
            .bind(bound(query.after.position.0))
            .bind(bound(until))
            .bind(names)
            .bind(contexts)
            .bind(query.filter.stream_kind.as_deref())
            .bind(query.filter.recorded_until.map(Timestamp::as_millis))
            .bind(limit(query.max_events.max(1)))
            .bind(query.after.event.map(|event| event.to_string()));
        let mut end = None;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        each_row(reading.connection()?, "reading the log", statement, |row| {
            if end.is_none() {
                end = Some(log_end(row).map_err(|reason| corrupt("the head of the log", reason))?);
            }
            if optional_integer(row, 3).is_ok_and(|position| position.is_none()) {
                return Ok(ControlFlow::Continue(()));
            }
            offer(&mut batch, row, 3)
        })
        .await?;
        reading.done();
        let end = end.ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        self.advance(end.head);
        let full = batch.is_full();
        end.page(query, batch.into_items(), full)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let head = head(reading.connection()?).await?;
        reading.done();
        self.advance(head);
        Ok(head)
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }
}

impl SqliteStore {
    /// Tells of a head that another process has moved.
    fn advance(&self, head: Position) {
        self.inner.head.send_if_modified(|known| {
            let moved = head > *known;
            if moved {
                *known = head;
            }
            moved
        });
    }
}

pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Position, StoreError> {
    let rows = rows(connection, "reading the head", sqlx::query(include_str!("sql/head.sql"))).await?;
    let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
    unsigned(row, 0).map(Position).map_err(|reason| corrupt("the head of the log", reason))
}

/// Reads row by row until the limit of a batch, so that no more than about a batch is ever in memory.
async fn each_row(
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

/// The head of the log, in the first columns.
fn log_end(row: &SqliteRow) -> Result<LogEnd, String> {
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

fn decode(row: &SqliteRow, first: usize) -> Result<EventMessage, String> {
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

fn context(name: &str) -> Context {
    if name == Context::DEFAULT.as_str() { Context::DEFAULT } else { Context::new(name.to_owned()) }
}

fn metadata(text: &str) -> Result<Metadata, String> {
    if text == "{}" {
        return Ok(Metadata::new());
    }
    serde_json::from_str::<BTreeMap<String, String>>(text)
        .map(Metadata::from_iter)
        .map_err(|error| format!("its metadata is no JSON object of texts: {error}"))
}

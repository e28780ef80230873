//! Reading the log.

use std::{borrow::Cow, ops::ControlFlow};

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::{
    PostgresStore,
    append::Log,
    column::{get, integer, json, json_text, text, unsigned, uuid, without_nul},
    error::corrupt,
    near,
    packed::Packed,
};
use crate::{
    message::{Context, EventMessage, MessageId, Position, StoredEvent, StreamId, Timestamp},
    store::{
        Append, AppendError, Appended, Bounded, EventStore, LogEnd, LogPage, LogQuery, StoreError, advance,
        check_sizes, share,
        values::{bound, context, limit, metadata},
    },
};

#[async_trait]
impl EventStore for PostgresStore {
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError> {
        let bytes = check_sizes(&append, self.max_event_bytes())?;
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
        if stream.kind.contains('\0') || stream.id.contains('\0') {
            return Ok(Vec::new());
        }
        let place = &self.inner.place;
        let by_version = |text: &'static str, bytes: usize| {
            place
                .statement(text)
                .bind(stream.kind.as_ref())
                .bind(&*stream.id)
                .bind(bound(after))
                .bind(limit(max_events.max(1)))
                .bind(limit(bytes.max(1)))
        };
        if let Some(share) = share(max_events, max_bytes) {
            let packed = || by_version(include_str!("sql/read_stream_packed.sql"), share);
            let (rows, _) = place.run("reading a stream", packed).await?;
            let mut batch = Bounded::new(max_events, max_bytes);
            if offer_packed(&mut batch, rows.first(), 0, Some(stream))? {
                return Ok(batch.into_items());
            }
        }
        let statement = || by_version(include_str!("sql/read_stream.sql"), max_bytes);
        let (rows, _) = place.run("reading a stream", statement).await?;
        let mut batch = Bounded::new(max_events, max_bytes);
        for row in &rows {
            if get(row, 0).is_ok_and(|purged: bool| purged) {
                return Err(StoreError::Purged { stream: stream.clone() });
            }
            if offer(&mut batch, row, 1, Some(stream))?.is_break() {
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
        let head = *self.inner.head.borrow();
        if let Some(page) = near::read(place, query, head).await? {
            advance(&self.inner.head, page.scanned.position);
            return Ok(page);
        }
        let names = wanted(query.filter.names.iter().map(|name| &**name));
        let contexts = wanted(query.filter.contexts.iter().map(Context::as_str));
        let kind =
            query.filter.stream_kind.as_deref().map(|kind| if kind.contains('\0') { "" } else { kind });
        let until = query.until.map_or(u64::MAX, |until| until.0);
        let by_position = |text: &'static str, bytes: usize| {
            place
                .statement(text)
                .bind(bound(query.after.position.0))
                .bind(bound(until))
                .bind(names.clone())
                .bind(contexts.clone())
                .bind(kind)
                .bind(query.filter.recorded_until.map(Timestamp::as_millis))
                .bind(limit(query.max_events.max(1)))
                .bind(limit(bytes.max(1)))
                .bind(query.after.event.map(|event| event.0))
        };
        if let Some(share) = share(query.max_events, query.max_bytes) {
            let packed = || by_position(include_str!("sql/read_log_packed.sql"), share);
            let (rows, _) = place.run("reading the log", packed).await?;
            let mut batch = Bounded::new(query.max_events, query.max_bytes);
            if offer_packed(&mut batch, rows.first(), 3, None)? {
                return self.page(query, rows.first(), batch);
            }
        }
        let statement = || by_position(include_str!("sql/read_log.sql"), query.max_bytes);
        let (rows, _) = place.run("reading the log", statement).await?;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        for row in &rows {
            if get::<Option<i64>>(row, 3).is_ok_and(|position| position.is_none()) {
                continue;
            }
            if offer(&mut batch, row, 3, None)?.is_break() {
                break;
            }
        }
        self.page(query, rows.first(), batch)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let place = &self.inner.place;
        let (rows, _) = place
            .run("reading the head", || Log::statement(place, include_str!("sql/head.sql"), None))
            .await?;
        let head = Log::of(rows.first())?.0.head;
        advance(&self.inner.head, Position(head));
        Ok(Position(head))
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.listen();
        self.inner.head.subscribe()
    }
}

impl PostgresStore {
    /// What was read, up to where the log reaches.
    fn page(
        &self,
        query: &LogQuery,
        row: Option<&PgRow>,
        batch: Bounded<StoredEvent>,
    ) -> Result<LogPage, StoreError> {
        let end = row.ok_or_else(|| "there is none".to_owned()).and_then(log_end);
        let end = end.map_err(|reason| corrupt("the head of the log", reason))?;
        advance(&self.inner.head, end.head);
        let full = batch.is_full();
        end.page(query, batch.into_items(), full)
    }
}

/// Texts to look for, if any. One that cannot be stored cannot be found either.
pub(super) fn wanted<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Option<Vec<&'t str>> {
    (texts.len() > 0).then(|| texts.filter(|text| !text.contains('\0')).collect())
}

/// Refuses what PostgreSQL cannot store before it would make a group fail.
fn check_texts(append: &Append) -> Result<(), StoreError> {
    let stream = &append.stream;
    without_nul(format_args!("the type of {:?}", stream.kind), &stream.kind)?;
    without_nul(format_args!("the id {:?} of {}", stream.id, stream.kind), &stream.id)?;
    without_nul(format_args!("the name of command {}", append.command), &append.recording.name)?;
    for event in &append.events {
        without_nul(format_args!("the name of event {:?}", event.name), &event.name)?;
        without_nul(format_args!("the context of event `{}`", event.name), event.context.as_str())?;
    }
    Ok(())
}

/// The head of the log, in the first columns.
pub(super) fn log_end(row: &PgRow) -> Result<LogEnd, String> {
    let event: Option<Uuid> = get(row, 1)?;
    Ok(LogEnd { head: Position(unsigned(row, 0)?), event: event.map(MessageId), same: get(row, 2)? })
}

/// Offers the events of one value, unless one that was found is not in it, or they are not in order. The columns begin at
/// `first`.
fn offer_packed(
    batch: &mut Bounded<StoredEvent>,
    row: Option<&PgRow>,
    first: usize,
    stream: Option<&StreamId>,
) -> Result<bool, StoreError> {
    let row = row.ok_or_else(|| corrupt("what was read of the log", "there is nothing"))?;
    let columns = || Ok((integer(row, first)?, integer(row, first + 1)?, get(row, first + 2)?));
    let (found, sent, value): (_, _, Option<&[u8]>) =
        columns().map_err(|reason: String| corrupt("what was read of the log", reason))?;
    if found != sent {
        return Ok(false);
    }
    let mut last = Position::START;
    for event in Packed::new(value.unwrap_or_default(), stream) {
        let event = event?;
        if event.position <= last {
            return Ok(false);
        }
        last = event.position;
        if batch.offer(event.size(), || event).is_break() {
            break;
        }
    }
    Ok(true)
}

/// Offers the event of a row, whose columns begin at `first`. Without a known stream, it says its own.
fn offer(
    batch: &mut Bounded<StoredEvent>,
    row: &PgRow,
    first: usize,
    stream: Option<&StreamId>,
) -> Result<ControlFlow<()>, StoreError> {
    let position = unsigned(row, first).map_err(|reason| corrupt("the position of an event", reason))?;
    let message =
        decode(row, first, stream).map_err(|reason| corrupt(format_args!("event {position}"), reason))?;
    let event = StoredEvent { position: Position(position), message };
    Ok(batch.offer(event.size(), || event))
}

pub(super) fn decode(row: &PgRow, first: usize, stream: Option<&StreamId>) -> Result<EventMessage, String> {
    Ok(EventMessage {
        id: MessageId(uuid(row, first + 1)?),
        stream: match stream {
            Some(stream) => stream.clone(),
            None => StreamId {
                kind: Cow::Owned(text(row, first + 11)?.to_owned()),
                id: text(row, first + 12)?.into(),
            },
        },
        version: unsigned(row, first + 2)?,
        name: Cow::Owned(text(row, first + 3)?.to_owned()),
        payload_version: unsigned(row, first + 4)?,
        context: context(text(row, first + 5)?),
        correlation_id: MessageId(uuid(row, first + 6)?),
        causation_id: MessageId(uuid(row, first + 7)?),
        timestamp: Timestamp::from_millis(integer(row, first + 8)?),
        metadata: metadata(json_text(row, first + 9)?)?,
        payload: json(row, first + 10)?,
    })
}

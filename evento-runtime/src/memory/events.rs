//! The log.

use std::{collections::hash_map::Entry, sync::Arc};

use async_trait::async_trait;
use tokio::{sync::watch, time::Instant};

use super::MemoryStore;
use crate::{
    message::{EventMessage, Position, StoredEvent, StreamId},
    store::{
        Append, AppendError, Appended, Bounded, EventStore, LedgerEntry, LedgerOutcome, LogEnd, LogFilter,
        LogPage, LogQuery, StoreError, StreamState, check_sizes, first_version,
    },
};

/// One stream: where its events are in the log.
#[derive(Default)]
pub(super) struct Stream {
    /// Version n stands at n - 1.
    pub(super) positions: Vec<Position>,
    pub(super) closed: bool,
    /// Whether only the places of its events are left.
    pub(super) purged: bool,
}

impl Stream {
    pub(super) fn state(&self) -> StreamState {
        StreamState { version: self.positions.len() as u64, closed: self.closed }
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError> {
        check_sizes(&append, self.max_event_bytes())?;
        let mut guard = self.state()?;
        let state = &mut *guard;
        if Instant::now() >= deadline {
            return Err(AppendError::Expired);
        }
        let vacant = match state.ledger.entry(append.command) {
            Entry::Occupied(known) => return Err(AppendError::Duplicate(Box::new(known.get().clone()))),
            Entry::Vacant(vacant) => vacant,
        };
        let known = state.streams.get_mut(&append.stream);
        let before = known.as_ref().map_or_else(StreamState::default, |stream| stream.state());
        let first_version = first_version(&append, before)?;
        let head = Position(state.events.len() as u64);
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let first = if count == 0 { head } else { Position(head.0 + 1) };
        vacant.insert(LedgerEntry {
            command: append.command,
            recording: append.recording,
            outcome: LedgerOutcome::Accepted { first, count },
        });
        if count > 0 {
            let stream = match known {
                Some(stream) => stream,
                None => state.streams.entry(append.stream.clone()).or_insert_with(Stream::default),
            };
            stream.closed = append.closes;
            for (ordinal, event) in (0_u64..).zip(append.events) {
                let position = Position(first.0 + ordinal);
                let message =
                    EventMessage { version: first_version + ordinal, stream: append.stream.clone(), ..event };
                stream.positions.push(position);
                state.events.push(Arc::new(StoredEvent { position, message }));
            }
            // Under the lock, so that nobody is told of an earlier head later.
            self.inner.head.send_replace(Position(head.0 + u64::from(count)));
        }
        Ok(Appended { first, first_version, count })
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut batch = Bounded::new(max_events, max_bytes);
        {
            let state = self.state()?;
            let Some((id, stream)) = state.streams.get_key_value(stream) else { return Ok(Vec::new()) };
            if stream.purged {
                return Err(StoreError::Purged { stream: id.clone() });
            }
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            let events = stream.positions.iter().skip(skip).filter_map(|&position| state.event(position));
            for event in events {
                if batch.offer(event.size(), || Arc::clone(event)).is_break() {
                    break;
                }
            }
        }
        Ok(unshared(batch))
    }

    async fn read_log(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        let end = {
            let state = self.state()?;
            let until = query.until.map_or(state.head(), |until| until.min(state.head()));
            let from = usize::try_from(query.after.position.0).unwrap_or(usize::MAX);
            let events = state.events.iter().skip(from).take_while(|event| event.position <= until);
            for event in events.filter(|event| {
                passes(&query.filter, &event.message) && !state.purged.contains(&event.position)
            }) {
                if batch.offer(event.size(), || Arc::clone(event)).is_break() {
                    break;
                }
            }
            let event = state.event(until).map(|event| event.message.id);
            LogEnd { head: state.head(), event, same: state.has(query.after) }
        };
        let full = batch.is_full();
        end.page(query, unshared(batch), full)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        Ok(self.state()?.head())
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }
}

/// Copies the events of a batch, after the lock is gone.
fn unshared(batch: Bounded<Arc<StoredEvent>>) -> Vec<StoredEvent> {
    batch.into_items().iter().map(|event| StoredEvent::clone(event)).collect()
}

pub(super) fn passes(filter: &LogFilter, event: &EventMessage) -> bool {
    (filter.names.is_empty() || filter.names.contains(&event.name))
        && (filter.contexts.is_empty() || filter.contexts.contains(&event.context))
        && filter.stream_kind.as_ref().is_none_or(|kind| *kind == event.stream.kind)
        && filter.recorded_until.is_none_or(|until| event.timestamp <= until)
}

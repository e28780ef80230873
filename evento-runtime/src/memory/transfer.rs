//! Carrying the log to and from other stores.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::{
    message::{StoredEvent, StreamId},
    store::{
        Bounded, EventStore, LogEnd, LogImport, LogImportError, LogMark, LogQuery, LogRecord, LogRecordPage,
        LogTransfer, StoreError, StreamState,
    },
};

#[async_trait]
impl LogTransfer for MemoryStore {
    async fn incarnation(&self) -> Result<Uuid, StoreError> {
        Ok(self.state()?.incarnation)
    }

    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError> {
        let state = self.state()?;
        let mut batch = Bounded::new(query.max_events, query.max_bytes);
        let until = query.until.map_or(state.head(), |until| until.min(state.head()));
        let from = usize::try_from(query.after.position.0).unwrap_or(usize::MAX);
        let events = state.events.iter().skip(from).take_while(|event| event.position <= until);
        for event in events.filter(|event| query.filter.passes(&event.message)) {
            if batch.offer(event.size(), || state.record(event)).is_break() {
                break;
            }
        }
        let event = state.event(until).map(|event| event.message.id);
        let end = LogEnd { head: state.head(), event, same: state.has(query.after) };
        end.record_page(query, batch)
    }

    async fn find_records(&self, places: &[(StreamId, u64)]) -> Result<Vec<LogRecord>, StoreError> {
        let state = self.state()?;
        let found = places.iter().filter_map(|(stream, version)| {
            let index = usize::try_from(version.checked_sub(1)?).ok()?;
            let position = state.streams.get(stream)?.positions.get(index)?;
            Some(state.record(state.event(*position)?))
        });
        Ok(found.collect())
    }

    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError> {
        import.check(self.max_event_bytes())?;
        let mut guard = self.state()?;
        let state = &mut *guard;
        let head = state.head();
        let event = state.event(head).map(|event| event.message.id);
        import.check_place(state.incarnation, LogMark { position: head, event })?;
        let known = import.streams().into_iter().map(|stream| {
            state.streams.get(stream).map_or_else(StreamState::default, |stream| stream.state())
        });
        import.check_streams(known.collect::<Vec<_>>())?;
        state.incarnation = import.incarnation;
        for record in &import.records {
            state.import(record);
        }
        // Under the lock, so that nobody is told of an earlier head later.
        self.inner.head.send_replace(state.head());
        Ok(import.end())
    }
}

impl State {
    fn record(&self, event: &Arc<StoredEvent>) -> LogRecord {
        let stream = self.streams.get(&event.message.stream);
        let closes =
            stream.is_some_and(|stream| stream.closed && stream.positions.last() == Some(&event.position));
        let purged = self.purged.contains(&event.position);
        LogRecord { event: StoredEvent::clone(event), closes, purged }
    }

    fn import(&mut self, record: &LogRecord) {
        let position = record.event.position;
        let stream = self.streams.entry(record.event.message.stream.clone()).or_default();
        stream.positions.push(position);
        stream.closed = record.closes;
        if record.purged {
            stream.purged = true;
            self.purged.insert(position);
        }
        self.events.push(Arc::new(record.event.clone()));
    }
}

//! Carrying a log from one store to another: reading all that is kept of events, and writing them with their identities, times
//! and versions.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use thiserror::Error;
use uuid::Uuid;

use super::{LogMark, LogQuery, StoreError, StreamState};
use crate::message::{Position, StoredEvent, StreamId};

/// An event with all that the log keeps of it.
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// The event and its place. Of one that was purged, the payload is `null` and the metadata is empty.
    pub event: StoredEvent,
    /// Whether it ends the life of its aggregate: its stream takes no event behind it.
    pub closes: bool,
    /// Whether only its place is left.
    pub purged: bool,
}

impl LogRecord {
    /// Where it stands in its stream.
    #[must_use]
    pub fn place(&self) -> (&StreamId, u64) {
        (&self.event.message.stream, self.event.message.version)
    }
}

/// A batch of the log with all that is kept of it, and how far it reaches.
#[derive(Clone, Debug)]
pub struct LogRecordPage {
    /// The events that pass the filter, by position, also those that were purged.
    pub records: Vec<LogRecord>,
    /// As in [`LogPage`](super::LogPage): the next batch is read from here.
    pub scanned: LogMark,
}

/// Events of another log that are to stand in this one.
#[derive(Clone, Debug)]
pub struct LogImport {
    /// The incarnation that the log must have. A log without events takes it over.
    pub incarnation: Uuid,
    /// The end of the log, behind which the events are written.
    pub after: LogMark,
    /// The events, with the positions behind `after`, without a hole. Those of a stream begin behind its last version.
    pub records: Vec<LogRecord>,
}

/// Why no event was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogImportError {
    /// The log has events, and is another one.
    #[error("the log is {found}, and the events are of {expected}")]
    AnotherLog {
        /// That of the events.
        expected: Uuid,
        /// That of the log.
        found: Uuid,
    },
    /// The log does not end where the events begin.
    #[error("the log ends at {found}, and the events follow {expected}")]
    Moved {
        /// Where it should end.
        expected: Position,
        /// Where it ends.
        found: Position,
    },
    /// The positions of the events have a hole.
    #[error("position {found} follows {expected}")]
    NotDense {
        /// The position that should be there.
        expected: Position,
        /// The one that is.
        found: Position,
    },
    /// An event does not follow the last one of its stream.
    #[error("event {position} is version {version} of {stream}, whose last version is {last}")]
    BrokenStream {
        /// Which stream.
        stream: StreamId,
        /// The position of the event.
        position: Position,
        /// The version of the event.
        version: u64,
        /// The last version of the stream, 0 for one without events.
        last: u64,
    },
    /// The stream was closed by an earlier event: its aggregate is deleted.
    #[error("event {position} follows the end of {stream}, which is deleted")]
    Closed {
        /// Which stream.
        stream: StreamId,
        /// The position of the event.
        position: Position,
    },
    /// The store failed. When the connection was lost in the commit, the events may have been written: the end of the log tells.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and writes the log as it is. It writes no ledger: commands that led to these events are unknown to this store.
#[async_trait]
pub trait LogTransfer: Send + Sync + 'static {
    /// What names this log. Two logs that share it have grown from one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn incarnation(&self) -> Result<Uuid, StoreError>;

    /// A batch of the log, as [`read_log`](super::EventStore::read_log) gives it, with those that were purged.
    ///
    /// # Errors
    /// Those of `read_log`.
    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError>;

    /// The events that stand at places of streams (stream and version), as far as there are any, in no particular order.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a row that cannot be read, otherwise whatever the database says.
    async fn find_records(&self, places: &[(StreamId, u64)]) -> Result<Vec<LogRecord>, StoreError>;

    /// Writes events of another log behind the end of this one, durably, all or nothing. Returns the new end.
    ///
    /// # Errors
    /// See [`LogImportError`].
    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError>;
}

impl LogImport {
    /// The end of the log behind these events.
    pub(crate) fn end(&self) -> LogMark {
        self.records.last().map_or(self.after, |record| (&record.event).into())
    }

    /// The streams of the events, each once.
    pub(crate) fn streams(&self) -> Vec<&StreamId> {
        let mut seen = HashSet::new();
        let streams = self.records.iter().map(|record| &record.event.message.stream);
        streams.filter(|stream| seen.insert(*stream)).collect()
    }

    /// Refuses what needs no look at the log: positions with holes, and events that are larger than the limit.
    pub(crate) fn check(&self, max_event_bytes: usize) -> Result<(), LogImportError> {
        for (record, expected) in self.records.iter().zip(self.after.position.0 + 1..) {
            let event = &record.event;
            if event.position.0 != expected {
                let expected = Position(expected);
                return Err(LogImportError::NotDense { expected, found: event.position });
            }
            let size = event.size();
            if size > max_event_bytes {
                let what = format!("event `{}` of {}", event.message.name, event.message.stream);
                return Err(StoreError::TooLarge { what, size, limit: max_event_bytes }.into());
            }
        }
        Ok(())
    }

    /// Whether this is the log, and its end the place.
    pub(crate) fn check_place(&self, incarnation: Uuid, head: LogMark) -> Result<(), LogImportError> {
        if incarnation != self.incarnation && head.position > Position::START {
            return Err(LogImportError::AnotherLog { expected: self.incarnation, found: incarnation });
        }
        let same = self.after.event.is_none() || self.after.event == head.event;
        if head.position != self.after.position || !same {
            return Err(LogImportError::Moved { expected: self.after.position, found: head.position });
        }
        Ok(())
    }

    /// Whether the events go on with their streams. `known` is what there is of them, in the order of
    /// [`streams`](Self::streams).
    pub(crate) fn check_streams(
        &self,
        known: impl IntoIterator<Item = StreamState>,
    ) -> Result<(), LogImportError> {
        let mut states: HashMap<&StreamId, StreamState> = self.streams().into_iter().zip(known).collect();
        for record in &self.records {
            let (stream, version) = record.place();
            let state = states.entry(stream).or_default();
            let position = record.event.position;
            if state.closed {
                return Err(LogImportError::Closed { stream: stream.clone(), position });
            }
            if state.version.checked_add(1) != Some(version) {
                let last = state.version;
                return Err(LogImportError::BrokenStream { stream: stream.clone(), position, version, last });
            }
            *state = StreamState { version, closed: record.closes };
        }
        Ok(())
    }
}

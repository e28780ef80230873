//! The rules of an append that are the same on every store.

use super::{
    Append, AppendError, Bounded, Expected, LogMark, LogPage, LogQuery, LogRecord, LogRecordPage, StoreError,
};
use crate::message::{MessageId, Position, StoredEvent};

/// What a store has found out about the stream of an append.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamState {
    /// The version of the last event; 0 for a stream without events.
    pub(crate) version: u64,
    /// Whether the last event has closed the stream.
    pub(crate) closed: bool,
}

/// The version that the first event of the append gets.
///
/// A closed stream is told before a version that does not match: a deleted aggregate is deleted for everybody, also for
/// those who expect it not to exist yet. Without events nothing is looked at, and the answer is 0.
pub(crate) fn first_version(append: &Append, stream: StreamState) -> Result<u64, AppendError> {
    if append.events.is_empty() {
        return Ok(0);
    }
    if stream.closed {
        return Err(AppendError::Closed { stream: append.stream.clone() });
    }
    match append.expected {
        Expected::Version(expected) if expected != stream.version => {
            Err(AppendError::Conflict { stream: append.stream.clone(), actual: stream.version })
        }
        Expected::Version(_) | Expected::Any => Ok(stream.version + 1),
    }
}

/// What a store has found out about the log in the statement that reads a batch of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogEnd {
    /// The head of the log.
    pub(crate) head: Position,
    /// The event at the head, or at the position up to which is read when that is less.
    pub(crate) event: Option<MessageId>,
    /// Whether the log has the place behind which is read.
    pub(crate) same: bool,
}

impl LogEnd {
    /// The batch with these events. `full` says whether a limit ended it.
    pub(crate) fn page(
        self,
        query: &LogQuery,
        events: Vec<StoredEvent>,
        full: bool,
    ) -> Result<LogPage, StoreError> {
        let scanned = self.scanned(query, events.last(), full)?;
        Ok(LogPage { events, scanned })
    }

    /// The batch of all that is kept of these events.
    pub(crate) fn record_page(
        self,
        query: &LogQuery,
        batch: Bounded<LogRecord>,
    ) -> Result<LogRecordPage, StoreError> {
        let full = batch.is_full();
        let records = batch.into_items();
        let scanned = self.scanned(query, records.last().map(|record| &record.event), full)?;
        Ok(LogRecordPage { records, scanned })
    }

    /// How far a batch reaches with this last event.
    fn scanned(
        self,
        query: &LogQuery,
        last: Option<&StoredEvent>,
        full: bool,
    ) -> Result<LogMark, StoreError> {
        if !self.same {
            return Err(StoreError::LogWentBack { seen: query.after.position, found: self.head });
        }
        let end = query.until.map_or(self.head, |until| until.min(self.head));
        Ok(match last {
            Some(last) if full => last.into(),
            _ if end > query.after.position => LogMark { position: end, event: self.event },
            _ => query.after,
        })
    }
}

/// Refuses an append with an event that is larger than the limit; otherwise says how large all of it is.
pub(crate) fn check_sizes(append: &Append, limit: usize) -> Result<usize, StoreError> {
    let mut total = 0_usize;
    for event in &append.events {
        let size = event.size();
        if size > limit {
            return Err(StoreError::TooLarge {
                what: format!("event `{}` of {}", event.name, append.stream),
                size,
                limit,
            });
        }
        total = total.saturating_add(size);
    }
    Ok(total)
}

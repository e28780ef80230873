//! The log: appending, and reading by stream and by position.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;
use tokio::{sync::watch, time::Instant};

use super::{AppendError, LogMark, Recording, StoreError};
use crate::message::{CommandId, Context, EventMessage, Position, StoredEvent, StreamId, Timestamp};

/// The version that a stream must have for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Exactly this one; 0 for a stream that must not exist yet.
    Version(u64),
    /// Whatever it is.
    Any,
}

/// What one command adds to the log: all of its events, or nothing.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream that the events belong to. Every event names the same one.
    pub stream: StreamId,
    /// The version that the stream must have.
    pub expected: Expected,
    /// The command that decided the events. It is recorded in the ledger in the same transaction.
    pub command: CommandId,
    /// What the ledger keeps of the command.
    pub recording: Recording,
    /// The events in order. Their versions are set by the store when `expected` is [`Expected::Any`]. May be empty: then
    /// only the ledger is written, and the version of the stream is not looked at.
    pub events: Vec<EventMessage>,
    /// Whether the last event ends the life of the aggregate: the stream takes no event after it.
    pub closes: bool,
}

/// What an append was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the first event; of an append without events, the head at that time.
    pub first: Position,
    /// The version of the first event in its stream.
    pub first_version: u64,
    /// How many events there are; they are consecutive.
    pub count: u32,
}

/// Which events of the log a reader wants. An empty list of names or contexts means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Stored names of events.
    pub names: Arc<[Cow<'static, str>]>,
    /// Contexts.
    pub contexts: Arc<[Context]>,
    /// The type of the stream: a stored name of an aggregate or service.
    pub stream_kind: Option<Cow<'static, str>>,
    /// Events that were recorded at this time or before. The times are those of the processes that appended, so they need
    /// not ascend with the positions.
    pub recorded_until: Option<Timestamp>,
}

impl LogFilter {
    /// Whether an event is wanted.
    pub(crate) fn passes(&self, event: &EventMessage) -> bool {
        (self.names.is_empty() || self.names.contains(&event.name))
            && (self.contexts.is_empty() || self.contexts.contains(&event.context))
            && self.stream_kind.as_ref().is_none_or(|kind| *kind == event.stream.kind)
            && self.recorded_until.is_none_or(|until| event.timestamp <= until)
    }
}

/// One batch of the log.
#[derive(Clone, Debug)]
pub struct LogQuery {
    /// Events behind this place. A log in which it is not there any more [went back](StoreError::LogWentBack).
    pub after: LogMark,
    /// Events up to and with this position.
    pub until: Option<Position>,
    /// Which events.
    pub filter: LogFilter,
    /// At most so many events.
    pub max_events: usize,
    /// At most so many bytes, counted with [`StoredEvent::size`]; but always at least one event.
    pub max_bytes: usize,
}

impl Default for LogQuery {
    /// Everything from the start, at most 500 events and 4 MiB at once.
    fn default() -> Self {
        Self {
            after: LogMark::START,
            until: None,
            filter: LogFilter::default(),
            max_events: 500,
            max_bytes: 4 * 1024 * 1024,
        }
    }
}

/// A batch of the log, and how far it reaches.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// The events that pass the filter, by position.
    pub events: Vec<StoredEvent>,
    /// Every event up to and with this place was looked at: the last event of the batch when a limit ended it, otherwise
    /// the head of the log (or `until`) at the time of reading. Never less than `after`. The next batch is read from here.
    pub scanned: LogMark,
}

/// The append-only, totally ordered log.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Appends the events of one command and records the command, durably, all or nothing.
    ///
    /// The events get the next positions without a hole, in the order of commit. An append that still waits for its turn
    /// when `deadline` passes ends as [`AppendError::Expired`]; one that has begun is seen through.
    ///
    /// # Errors
    /// See [`AppendError`]. A command that the ledger knows is a [`AppendError::Duplicate`], before any conflict.
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError>;

    /// The events of a stream behind version `after`, by version, bounded like a [`LogQuery`]. An empty answer means that
    /// there are no more.
    ///
    /// # Errors
    /// [`StoreError::Purged`] when the events were purged after the stream was closed, [`StoreError::Corrupt`] for a row that
    /// cannot be read, otherwise whatever the database says.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// A batch of the log. Events that were [purged](super::Retention) are passed over.
    ///
    /// # Errors
    /// [`StoreError::LogWentBack`] when the log does not have the place behind which it is read, [`StoreError::Corrupt`] for
    /// a row that cannot be read, otherwise whatever the database says.
    async fn read_log(&self, query: &LogQuery) -> Result<LogPage, StoreError>;

    /// The position of the last event.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn head(&self) -> Result<Position, StoreError>;

    /// Tells of a head that moved. A hint: positions may be skipped, and heads that other processes move may be told late
    /// or never, so readers poll beside it.
    fn watch_head(&self) -> watch::Receiver<Position>;

    /// The largest event in bytes that an append takes.
    fn max_event_bytes(&self) -> usize {
        16 * 1024 * 1024
    }
}

//! The log and its streams as [`Stream`]s, read batch by batch.

use std::collections::VecDeque;

use futures_core::Stream;
use futures_util::stream::try_unfold;

use super::{EventStore, LogPage, LogQuery, StoreError};
use crate::message::{StoredEvent, StreamId};

/// The events that a query wants, to its end: the head of the log at the time at which it is reached, or `until`. No more than
/// a batch is held in memory, as the limits of the query say.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::{memory::MemoryStore, store::{LogFilter, LogQuery, log_events}};
/// use futures_util::TryStreamExt;
///
/// let store = MemoryStore::new();
/// let accounts = LogFilter { stream_kind: Some("Account".into()), ..LogFilter::default() };
/// let mut events = std::pin::pin!(log_events(&store, LogQuery { filter: accounts, ..LogQuery::default() }));
/// while let Some(event) = events.try_next().await? {
///     println!("{} {}", event.position, event.message.name);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// Those of [`EventStore::read_log`]; the first one ends the stream.
pub fn log_events<S: EventStore + ?Sized>(
    store: &S,
    query: LogQuery,
) -> impl Stream<Item = Result<StoredEvent, StoreError>> + Send {
    try_unfold((Some(query), VecDeque::new()), move |(mut next, mut events)| async move {
        while events.is_empty()
            && let Some(query) = next
        {
            let LogPage { events: found, scanned } = store.read_log(&query).await?;
            // A batch that does not get on has come to the end.
            next = (scanned.position > query.after.position).then_some(LogQuery { after: scanned, ..query });
            events = found.into();
        }
        Ok(events.pop_front().map(|event| (event, (next, events))))
    })
}

/// The events of a stream behind version `after`, to its end.
///
/// # Errors
/// Those of [`EventStore::read_stream`]; the first one ends the stream.
pub fn stream_events<S: EventStore + ?Sized>(
    store: &S,
    stream: StreamId,
    after: u64,
) -> impl Stream<Item = Result<StoredEvent, StoreError>> + Send {
    try_unfold((stream, after, VecDeque::new()), move |(stream, mut after, mut events)| async move {
        if events.is_empty() {
            let LogQuery { max_events, max_bytes, .. } = LogQuery::default();
            let found = store.read_stream(&stream, after, max_events, max_bytes).await?;
            after = found.last().map_or(after, |event| event.message.version);
            events = VecDeque::from(found);
        }
        Ok(events.pop_front().map(|event| (event, (stream, after, events))))
    })
}

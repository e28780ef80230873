//! Copies of a log.

use futures_util::TryStreamExt;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    clock,
    memory::MemoryStore,
    message::{
        CommandId, Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp,
    },
    store::{
        Append, AppendError, EventStore, Expected, LogQuery, Recording, StateStore, StoreError, log_events,
    },
};

/// The stream of what stands for events that were purged.
const PURGED: &str = "evento:purged";

/// The whole log.
pub(super) async fn read(store: &dyn StateStore) -> Result<Vec<StoredEvent>, StoreError> {
    log_events(store, LogQuery::default()).try_collect().await
}

/// A store with events at the places that they have.
pub(super) async fn copy(events: &[StoredEvent]) -> Result<MemoryStore, StoreError> {
    let store = MemoryStore::new();
    for event in events {
        put(&store, event).await?;
    }
    Ok(store)
}

/// A store with events in the order in which they are given, at the places that follow from it.
pub(super) async fn copy_in_order(events: &[&StoredEvent]) -> Result<MemoryStore, StoreError> {
    let store = MemoryStore::new();
    for event in events {
        append(&store, event.message.clone()).await?;
    }
    Ok(store)
}

/// Appends an event at the place that it has. What was purged before it gets a place, too.
pub(super) async fn put(store: &MemoryStore, event: &StoredEvent) -> Result<(), StoreError> {
    for place in store.head().await?.0 + 1..event.position.0 {
        append(store, purged(Position(place))).await?;
    }
    append(store, event.message.clone()).await
}

async fn append(store: &MemoryStore, message: EventMessage) -> Result<(), StoreError> {
    let append = Append {
        stream: message.stream.clone(),
        expected: Expected::Any,
        command: CommandId(message.id.0),
        recording: Recording { name: "copied".into(), digest: 0, cause: None, at: message.timestamp },
        events: vec![message],
        closes: false,
    };
    match store.append(append, clock::deadline(std::time::Duration::MAX)).await {
        Ok(_) => Ok(()),
        Err(AppendError::Store(error)) => Err(error),
        Err(error) => {
            Err(StoreError::Failed { reason: format!("an event cannot be copied: {error}"), source: None })
        }
    }
}

/// What stands in the place of an event that was purged. Nobody handles it.
fn purged(place: Position) -> EventMessage {
    let id = MessageId(Uuid::new_v5(&Uuid::nil(), &place.0.to_be_bytes()));
    EventMessage {
        id,
        stream: StreamId::new(PURGED, place.to_string()),
        version: 1,
        name: PURGED.into(),
        payload_version: 1,
        correlation_id: id,
        causation_id: id,
        timestamp: Timestamp::from_millis(0),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: RawValue::NULL.to_owned(),
    }
}

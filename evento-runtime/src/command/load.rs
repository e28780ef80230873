//! Loading an aggregate: from its newest snapshot, or else from its first event.

use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};
use tracing::{Instrument, debug_span};

use super::sourcing::{Loaded, apply};
use crate::{
    environment::Environment,
    message::{StoredEvent, StreamId},
    outcome::SendError,
    panic::caught,
    registry::AggregateType,
    store::{SharedStore, Snapshot, StoreError},
};

/// How many events are read at once.
const PAGE_EVENTS: usize = 500;
/// How many bytes of events are read at once.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

/// The state of an aggregate as the store has it now.
pub(super) async fn load(
    aggregate: &AggregateType,
    stream: &StreamId,
    trust_snapshot: bool,
    environment: &Environment,
) -> Result<Loaded, SendError> {
    let snapshot = match aggregate.body.snapshot_every {
        Some(_) if trust_snapshot => match load_snapshot(stream, environment).await {
            // A snapshot only saves time, so one that cannot be read only costs some.
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::warn!(%stream, %error, "a snapshot cannot be read; replaying all events");
                None
            }
            loaded => loaded.map_err(SendError::Store)?,
        },
        _ => None,
    };
    let mut loaded = snapshot.and_then(|snapshot| restore(aggregate, stream, &snapshot)).unwrap_or_default();
    catch_up(aggregate, stream, &mut loaded, environment).await?;
    Ok(loaded)
}

async fn load_snapshot(stream: &StreamId, environment: &Environment) -> Result<Option<Snapshot>, StoreError> {
    let span = debug_span!("load_snapshot", %stream);
    environment.store.load_snapshot(stream).instrument(span).await
}

/// Applies what others have appended since. Returns whether there was anything. While a page is applied, the next one is read.
pub(super) async fn catch_up(
    aggregate: &AggregateType,
    stream: &StreamId,
    loaded: &mut Loaded,
    environment: &Environment,
) -> Result<bool, SendError> {
    let before = loaded.version;
    let mut page = read(stream.clone(), before, environment.store.clone()).await;
    loop {
        if let Err(StoreError::Purged { .. }) = page {
            loaded.closed = true;
            return Ok(true);
        }
        let events = page.map_err(SendError::Store)?;
        // Only an empty page is the end: a short one may have ended before an event that is large.
        let Some(last) = events.last() else { return Ok(loaded.version > before) };
        let mut ahead = JoinSet::new();
        // To apply a few takes less time than to have another task read.
        if events.len() >= PAGE_EVENTS / 2 {
            ahead.spawn(read(stream.clone(), last.message.version, environment.store.clone()));
        }
        for event in &events {
            apply(aggregate, loaded, &event.message).map_err(|source| SendError::Unreadable {
                stream: stream.clone(),
                version: event.message.version,
                source,
            })?;
        }
        page = match ahead.join_next().await {
            // A task that reads goes away with its runtime only, and so does whoever waits for it.
            Some(read) => read.unwrap_or_else(|_gone| Err(StoreError::unanswered())),
            None => read(stream.clone(), loaded.version, environment.store.clone()).await,
        };
    }
}

/// A page of a stream.
async fn read(stream: StreamId, after: u64, store: SharedStore) -> Result<Vec<StoredEvent>, StoreError> {
    let span = debug_span!("read_stream", %stream, after);
    store.read_stream(&stream, after, PAGE_EVENTS, PAGE_BYTES).instrument(span).await
}

/// The state in a snapshot, unless other code wrote it.
fn restore(aggregate: &AggregateType, stream: &StreamId, snapshot: &Snapshot) -> Option<Loaded> {
    if snapshot.hash != aggregate.body.snapshot_hash {
        return None;
    }
    match (aggregate.body.codec.decode)(&snapshot.state) {
        Ok(state) => Some(Loaded {
            version: snapshot.version,
            state: Some(state),
            closed: false,
            bytes: snapshot.state.get().len(),
        }),
        Err(error) => {
            tracing::warn!(%stream, version = snapshot.version, %error, "a snapshot cannot be decoded; replaying all events");
            None
        }
    }
}

/// The snapshot to keep when the last append passed a multiple of the interval. A snapshot only saves time, so failing to make
/// one fails nothing.
pub(super) fn snapshot(
    aggregate: &AggregateType,
    stream: &StreamId,
    loaded: &mut Loaded,
    before: u64,
) -> Option<Snapshot> {
    let every = aggregate.body.snapshot_every.map(u64::from).filter(|every| *every > 0)?;
    let state = loaded.state.as_deref()?;
    if loaded.version / every == before / every {
        return None;
    }
    let encoded = match caught(|| (aggregate.body.codec.encode)(state)) {
        Ok(Ok(encoded)) => Ok(encoded),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(format!("serializing it panicked: {panic}")),
    };
    match encoded {
        Ok(state) => {
            loaded.bytes = state.get().len();
            Some(Snapshot { version: loaded.version, hash: aggregate.body.snapshot_hash, state })
        }
        Err(error) => {
            tracing::warn!(%stream, version = loaded.version, error, "a state has no snapshot");
            None
        }
    }
}

/// Keeps a snapshot, if that is possible until the deadline.
pub(super) async fn keep(
    stream: &StreamId,
    snapshot: Snapshot,
    deadline: Instant,
    environment: &Environment,
) {
    let version = snapshot.version;
    let span = debug_span!("save_snapshot", %stream, version);
    let keeping = environment.store.save_snapshot(stream, snapshot).instrument(span);
    let kept = timeout_at(deadline, keeping).await;
    let error = match kept {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_elapsed) => "there was no time left".to_owned(),
    };
    tracing::warn!(%stream, version, error, "a snapshot could not be kept");
}

//! A store in memory, for tests and for trying things out: everything that the durable stores promise, except that it is
//! gone with the process.

mod audit;
mod checkpoints;
mod dead_events;
mod events;
mod interventions;
mod leases;
mod ledger;
mod requests;
mod retention;
mod sagas;
mod snapshots;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
mod versions;
mod views;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, watch};
use uuid::Uuid;

use self::{
    events::Stream, leases::Living, timers::Timers, transaction::MemoryTransaction, versions::Versions,
    views::ViewTable,
};
use crate::{
    message::{CommandId, MessageId, Position, StoredEvent, StreamId},
    store::{
        Claim, ConsumerId, ConsumerRecord, ConsumerTransaction, DeadEvent, DeadEventRequest, LedgerEntry,
        LogMark, NodeId, SagaId, SagaRecord, Skip, Snapshot, StateStore, StoreError, UnmatchedEvent, ViewId,
    },
};

/// A store in memory. Cheap to clone; the clones are one store.
///
/// ```
/// use evento_runtime::memory::MemoryStore;
/// let store = MemoryStore::new();
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    head: watch::Sender<Position>,
    /// Counts who came, and what was given back.
    leases: watch::Sender<u64>,
    /// Held by the transaction of a consumer: one at a time, as with a database whose transactions are serial.
    transaction: Arc<AsyncMutex<()>>,
}

/// Everything, under one lock.
#[derive(Default)]
struct State {
    /// Names this log.
    incarnation: Uuid,
    /// Position n stands at n - 1.
    events: Vec<Arc<StoredEvent>>,
    streams: HashMap<StreamId, Stream>,
    /// The places of events of which nothing else is left.
    purged: HashSet<Position>,
    ledger: HashMap<CommandId, LedgerEntry>,
    /// The rejections by their cause.
    rejections: HashMap<MessageId, Vec<CommandId>>,
    /// The head of the log when a command was rejected.
    rejected_at: HashMap<CommandId, Position>,
    snapshots: HashMap<StreamId, Snapshot>,
    consumers: BTreeMap<ConsumerId, ConsumerRecord>,
    nodes: BTreeMap<NodeId, Living>,
    skips: BTreeMap<(ConsumerId, Position), Skip>,
    sagas: BTreeMap<(String, SagaId), SagaRecord>,
    /// The sagas by name, field and value of their associations.
    associations: HashMap<(String, String, String), BTreeSet<SagaId>>,
    timers: Timers,
    /// By the names of sagas.
    unmatched: BTreeMap<(String, Position), UnmatchedEvent>,
    views: HashMap<ViewId, ViewTable>,
    versions: Versions,
    dead_events: BTreeMap<(ConsumerId, Position, String), DeadEvent>,
    requests: BTreeMap<(ConsumerId, Uuid), DeadEventRequest>,
    closed: bool,
}

impl State {
    fn head(&self) -> Position {
        Position(self.events.len() as u64)
    }

    /// Whether the log has the place.
    fn has(&self, place: LogMark) -> bool {
        let known = place
            .event
            .is_none_or(|known| self.event(place.position).is_some_and(|event| event.message.id == known));
        known && place.position <= self.head()
    }

    /// The event of a position.
    fn event(&self, position: Position) -> Option<&Arc<StoredEvent>> {
        let index = usize::try_from(position.0.checked_sub(1)?).ok()?;
        self.events.get(index)
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let state = State { incarnation: Uuid::from_u128(fastrand::u128(..)), ..State::default() };
        Self {
            inner: Arc::new(Inner {
                state: Mutex::new(state),
                head: watch::Sender::new(Position::START),
                leases: watch::Sender::new(0),
                transaction: Arc::default(),
            }),
        }
    }

    /// The state, unless the store is closed.
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.inner.lock();
        if state.closed {
            return Err(StoreError::Unavailable { reason: "it is closed".to_owned(), source: None });
        }
        Ok(state)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic stands between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        Ok(Box::new(MemoryTransaction::begin(self.clone(), claim.clone(), None).await?))
    }

    async fn close(&self) {
        self.inner.lock().closed = true;
    }
}

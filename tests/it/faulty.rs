//! A store between the application and another one, which does on request what no store should.

use std::{
    any::TypeId,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use evento::{message::*, serde_json::value::RawValue, store::*};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};
use uuid::Uuid;

/// What is wrong with a store.
#[derive(Default)]
pub struct Faults {
    /// The event of this position is left out of what is read of the log.
    pub loses: Mutex<Option<Position>>,
    /// It is left out so many times only.
    pub loses_times: AtomicU32,
    /// It cannot be reached.
    pub is_unreachable: AtomicBool,
    /// How often a transaction could not begin because of that, or an event could not be read that somebody wanted to see again,
    /// or a record could not, to which a consumer comes back that was interrupted.
    pub refused: AtomicU32,
    /// Nobody can claim anything.
    pub refuses_claims: AtomicBool,
    /// Once, it says that somebody else has the consumer, although nobody has.
    pub says_fenced: AtomicBool,
    /// Nobody hears that it is alive.
    pub refuses_heartbeats: AtomicBool,
    /// How many heartbeats were answered, and how many of these came too late to keep what there was.
    pub heartbeats: (AtomicU32, AtomicU32),
    /// Nothing that is given back is taken, and nobody is told.
    pub hangs_releases: AtomicBool,
    /// How many times somebody tried to give something back.
    pub releases: AtomicU32,
    /// How many reads of a consumer's record panic, before all is well again.
    pub panics_reading: AtomicU32,
    /// How often such a record was read.
    pub records_read: AtomicU32,
    /// The same for what is given back.
    pub panics_releasing: AtomicU32,
    /// How often somebody looked at all timers of a saga.
    pub timer_looks: AtomicU32,
    /// How many looks into the ledger are answered before the others are not; `None` when all are.
    pub ledger_answers: Mutex<Option<u32>>,
    /// What lists of sagas wait for, each for a permit that it keeps.
    pub lists_sagas: Mutex<Option<Arc<Semaphore>>>,
    /// How many lists of sagas were asked for.
    pub saga_lists: AtomicU32,
}

/// A store with faults.
pub struct Faulty {
    inner: SharedStore,
    faults: Arc<Faults>,
}

/// Panics if that is to happen once more.
fn panic_if(times: &AtomicU32) {
    let one_less = |times: u32| times.checked_sub(1);
    if times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
        panic!("as it was told");
    }
}

impl Faulty {
    pub fn around(inner: &SharedStore) -> (SharedStore, Arc<Faults>) {
        let faults = Arc::new(Faults::default());
        (Arc::new(Self { inner: inner.clone(), faults: faults.clone() }), faults)
    }

    fn reach(&self) -> Result<&SharedStore, StoreError> {
        if self.faults.is_unreachable.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable { reason: "as it was told".to_owned(), source: None });
        }
        Ok(&self.inner)
    }

    fn reach_or_count(&self) -> Result<&SharedStore, StoreError> {
        self.reach().inspect_err(|_| {
            self.faults.refused.fetch_add(1, Ordering::Relaxed);
        })
    }
}

#[async_trait]
impl EventStore for Faulty {
    async fn append(&self, append: Append, deadline: Instant) -> Result<Appended, AppendError> {
        self.reach()?.append(append, deadline).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.reach()?.read_stream(stream, after, max_events, max_bytes).await
    }

    async fn read_log(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let store = if query.until.is_some() { self.reach_or_count() } else { self.reach() };
        let mut page = store?.read_log(query).await?;
        let lost = *self.faults.loses.lock().expect("not poisoned");
        let given = page.events.len();
        page.events.retain(|event| Some(event.position) != lost);
        if page.events.len() < given && self.faults.loses_times.load(Ordering::Relaxed) == 1 {
            *self.faults.loses.lock().expect("not poisoned") = None;
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Position, StoreError> {
        self.reach()?.head().await
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.watch_head()
    }
}

#[async_trait]
impl ProjectorVersionStore for Faulty {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        self.reach()?.introduce_version(consumer, views, first).await
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        self.reach()?.serving_versions().await
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        self.reach()?.versions(component).await
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        self.reach()?.serve_version(component, version).await
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        self.reach()?.retire_version(component, version).await
    }

    async fn delete_view_rows(&self, view: &ViewId, limit: usize) -> Result<bool, StoreError> {
        self.reach()?.delete_view_rows(view, limit).await
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        self.reach()?.forget_version(component, version).await
    }
}

#[async_trait]
impl LogAudit for Faulty {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        self.reach()?.count_left_out(after, until, filter).await
    }
}

#[async_trait]
impl SnapshotStore for Faulty {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.reach()?.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.reach()?.save_snapshot(stream, snapshot).await
    }
}

#[async_trait]
impl CommandLedger for Faulty {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        let hangs = match &mut *self.faults.ledger_answers.lock().expect("not poisoned") {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if hangs {
            pending::<()>().await;
        }
        self.reach()?.ledger_entry(command).await
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        self.reach()?.record_rejection(command, recording, reason).await
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        self.reach()?.forget_rejections(cause).await
    }
}

#[async_trait]
impl CheckpointStore for Faulty {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        self.faults.records_read.fetch_add(1, Ordering::Relaxed);
        panic_if(&self.faults.panics_reading);
        self.reach_or_count()?.consumer(consumer).await
    }

    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError> {
        self.reach()?.consumers().await
    }

    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError> {
        self.reach()?.create_consumer(consumer, first_start, code_version).await
    }

    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError> {
        if self.faults.refuses_claims.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.reach()?.claim(consumer, code_version, node).await
    }
}

#[async_trait]
impl LeaseStore for Faulty {
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError> {
        if self.faults.refuses_heartbeats.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable { reason: "nobody listens".to_owned(), source: None });
        }
        let is_known = self.reach()?.heartbeat(heartbeat).await?;
        self.faults.heartbeats.0.fetch_add(1, Ordering::Relaxed);
        self.faults.heartbeats.1.fetch_add(u32::from(!is_known), Ordering::Relaxed);
        Ok(is_known)
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        self.reach()?.nodes().await
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        self.faults.releases.fetch_add(1, Ordering::Relaxed);
        panic_if(&self.faults.panics_releasing);
        if self.faults.hangs_releases.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
        self.reach()?.release(claim).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.reach()?.leave(node).await
    }

    fn watch_leases(&self) -> watch::Receiver<u64> {
        self.inner.watch_leases()
    }

    fn waits_for_transactions(&self) -> bool {
        self.inner.waits_for_transactions()
    }
}

#[async_trait]
impl Interventions for Faulty {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        self.reach()?.set_paused(consumer, paused).await
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        self.reach()?.pause_because(consumer, reason).await
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        self.reach()?.reset(consumer, to, replay).await
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        self.reach()?.skip(skip).await
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        self.reach()?.skips(consumer, after).await
    }
}

#[async_trait]
impl SagaStore for Faulty {
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        self.reach()?.find_sagas(saga, association, value).await
    }

    async fn list_sagas(
        &self,
        saga: &str,
        after: Option<SagaId>,
        limit: usize,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        self.faults.saga_lists.fetch_add(1, Ordering::Relaxed);
        let gate = self.faults.lists_sagas.lock().expect("not poisoned").clone();
        if let Some(gate) = gate {
            gate.acquire().await.expect("never closed").forget();
        }
        self.reach()?.list_sagas(saga, after, limit).await
    }

    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError> {
        self.reach()?.load_saga(saga, id).await
    }

    async fn count_sagas(&self) -> Result<Vec<SagaCount>, StoreError> {
        self.reach()?.count_sagas().await
    }
}

#[async_trait]
impl TimerStore for Faulty {
    async fn timers(
        &self,
        saga: &str,
        after: Option<&TimerPlace>,
        limit: usize,
    ) -> Result<Vec<TimerRecord>, StoreError> {
        self.faults.timer_looks.fetch_add(1, Ordering::Relaxed);
        self.reach()?.timers(saga, after, limit).await
    }

    async fn timers_of(&self, saga: &str, id: SagaId) -> Result<Vec<TimerRecord>, StoreError> {
        self.reach()?.timers_of(saga, id).await
    }
}

#[async_trait]
impl UnmatchedEventStore for Faulty {
    async fn unmatched_events(
        &self,
        saga: &str,
        after: Position,
        limit: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError> {
        self.reach()?.unmatched_events(saga, after, limit).await
    }

    async fn dismiss_unmatched(&self, saga: &str, position: Position) -> Result<bool, StoreError> {
        self.reach()?.dismiss_unmatched(saga, position).await
    }
}

#[async_trait]
impl ViewStore for Faulty {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        self.reach()?.view_row(view, id).await
    }

    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        self.reach()?.find_view_rows(view, matching, page).await
    }
}

#[async_trait]
impl DeadEventStore for Faulty {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.reach()?.dead_events(consumer, after, limit).await
    }

    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.reach()?.find_dead_events(consumer, key, after, limit).await
    }
}

#[async_trait]
impl RequestStore for Faulty {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        self.reach()?.ask(request).await
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        self.reach()?.request(consumer, id).await
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        limit: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        self.reach()?.answered_requests(consumer, kind, limit).await
    }
}

#[async_trait]
impl Retention for Faulty {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        self.reach()?.horizon().await
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        limit: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        self.reach()?.purge_closed_streams(closed_before, after, limit).await
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        limit: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        self.reach()?.purge_ledger_entries(handled_before, after, limit).await
    }
}

#[async_trait]
impl StateStore for Faulty {
    fn describe(&self) -> String {
        format!("{}, with faults", self.inner.describe())
    }

    fn connection_type(&self) -> Option<(TypeId, &'static str)> {
        self.inner.connection_type()
    }

    async fn read_connection(&self) -> Result<ReadConnection, StoreError> {
        self.reach()?.read_connection().await
    }

    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        if self.faults.says_fenced.swap(false, Ordering::Relaxed) {
            return Err(StoreError::Fenced { consumer: claim.consumer.to_string() });
        }
        self.reach_or_count()?.begin(claim).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

//! A store between the application and another one, which does on request what no store should.

mod plain;
mod steps;

pub use self::steps::{Step, Steps};

use std::{
    any::TypeId,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use evento::{message::*, store::*};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

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
    /// It does not tell that there is something new.
    pub is_silent: AtomicBool,
    /// It does not tell that somebody else has come or gone.
    pub hides_others: AtomicBool,
    /// How many pages of the log were read, and how many events these had.
    pub pages: (AtomicU64, AtomicU64),
    /// What is done with it, call by call.
    pub steps: Arc<Steps>,
}

/// A store with faults.
pub struct Faulty {
    inner: SharedStore,
    faults: Arc<Faults>,
    /// Where nobody ever tells anything.
    silence: (watch::Sender<Position>, watch::Sender<u64>),
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
        let silence = (watch::Sender::new(Position::START), watch::Sender::new(0));
        (Arc::new(Self { inner: inner.clone(), faults: faults.clone(), silence }), faults)
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
        let call = format!("append {}", append.recording.name);
        self.faults.steps.around(&call, self.reach()?.append(append, deadline)).await
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
        let mut page = self.faults.steps.behind("read_log", store?.read_log(query)).await?;
        self.faults.pages.0.fetch_add(1, Ordering::Relaxed);
        self.faults.pages.1.fetch_add(page.events.len() as u64, Ordering::Relaxed);
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
        if self.faults.is_silent.load(Ordering::Relaxed) {
            return self.silence.0.subscribe();
        }
        self.inner.watch_head()
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
        self.faults.steps.behind("ledger_entry", self.reach()?.ledger_entry(command)).await
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let call = format!("record_rejection {}", recording.name);
        let recording = self.reach()?.record_rejection(command, recording, reason);
        self.faults.steps.around(&call, recording).await
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        self.faults.steps.around("forget_rejections", self.reach()?.forget_rejections(cause)).await
    }
}

#[async_trait]
impl CheckpointStore for Faulty {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        self.faults.records_read.fetch_add(1, Ordering::Relaxed);
        panic_if(&self.faults.panics_reading);
        self.faults.steps.behind("consumer", self.reach_or_count()?.consumer(consumer)).await
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
        self.faults.steps.around("claim", self.reach()?.claim(consumer, code_version, node)).await
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
        if self.faults.hides_others.load(Ordering::Relaxed) {
            return self.silence.1.subscribe();
        }
        self.inner.watch_leases()
    }

    fn waits_for_transactions(&self) -> bool {
        self.inner.waits_for_transactions()
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
        self.faults.steps.behind("find_sagas", self.reach()?.find_sagas(saga, association, value)).await
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
        let begun = self.faults.steps.around("begin", self.reach_or_count()?.begin(claim)).await?;
        Ok(self.faults.steps.within(begun))
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

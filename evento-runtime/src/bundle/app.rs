//! A running application.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_core::future::BoxFuture;
use thiserror::Error;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{timeout, timeout_at},
};

use super::{Client, ClientCore, Invoker, follow::Consumers, sagas::SagaCatalogue};
use crate::{
    capability::Serving,
    clock,
    component::Component,
    consumer::{ConsumerSpec, ConsumerState, ConsumerTask, Looking, Ownership, Progress, told},
    environment::Environment,
    gateway::Gateway,
    message::{Context, Metadata, Position},
    registry::InstanceOf,
    store::{ConsumerId, ConsumerRecord, NodeId, StateStore, StoreError},
};

/// How often to ask how far another process is.
const ELSEWHERE: Duration = Duration::from_millis(50);
/// How long a process that stops may take to give back what it had, at least.
const LEAVING: Duration = Duration::from_secs(1);

/// A running application. Dropped, it stops its consumers where they are: what they were handling is handled again at the next
/// start. [`shutdown`](Self::shutdown) lets them, and those who wait for an answer, come to an end.
pub struct App {
    pub(super) environment: Environment,
    pub(super) sagas: SagaCatalogue,
    pub(super) serving: Serving,
    pub(super) gateway: Arc<Gateway>,
    instances: HashMap<&'static str, InstanceOf>,
    pub(super) consumers: Vec<Running>,
    pub(super) node: NodeId,
    pub(super) looking: Looking,
    tasks: Mutex<JoinSet<()>>,
    /// Keeps the leases of all consumers.
    ownership: Mutex<JoinSet<()>>,
    shutdown: watch::Sender<bool>,
}

/// A consumer that this process runs.
pub(super) struct Running {
    pub(super) id: ConsumerId,
    pub(super) progress: watch::Receiver<Progress>,
    /// Which events it reads.
    #[cfg(feature = "testing")]
    pub(super) filter: crate::store::LogFilter,
}

/// Not every consumer came to the head of the log in time.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WaitError {
    /// A consumer is behind.
    #[error(
        "consumer `{consumer}` is at {position} of {head} ({state:?}){}",
        .last_error.as_ref().map_or(String::new(), |error| format!(": {error}"))
    )]
    Behind {
        /// Which consumer.
        consumer: ConsumerId,
        /// Where it is.
        position: Position,
        /// The head of the log.
        head: Position,
        /// What it is doing.
        state: ConsumerState,
        /// Its last error.
        last_error: Option<Arc<str>>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The application did not come to rest in time, and was stopped. Nothing that was acknowledged is lost: what was
/// interrupted is handled again at the next start.
#[derive(Debug, Error)]
#[error(
    "not everything came to rest within {grace:?}: {in_flight} messages were in flight, and {consumers} consumers at work"
)]
pub struct ShutdownError {
    /// How long was waited.
    pub grace: Duration,
    /// The messages that were still in flight.
    pub in_flight: usize,
    /// The consumers that were still at work.
    pub consumers: usize,
}

impl App {
    pub(super) fn run(
        environment: Environment,
        gateway: Arc<Gateway>,
        instances: HashMap<&'static str, InstanceOf>,
        sagas: SagaCatalogue,
        serving: Serving,
        specs: Vec<ConsumerSpec>,
    ) -> Self {
        let (shutdown, stop) = watch::channel(false);
        let (mut tasks, mut keeping) = (JoinSet::new(), JoinSet::new());
        let mut consumers = Vec::new();
        let node = NodeId(environment.ids.next());
        let lease = specs.first().map_or(Duration::ZERO, |spec| spec.options.lease);
        let (mut ownership, looking) = Ownership::new(environment.store.clone(), node, lease, stop.clone());
        for spec in specs {
            let (tell, progress) = watch::channel(Progress::default());
            let tenant = ownership.tenant(spec.id.clone(), spec.meta.version, progress.clone(), &looking);
            consumers.push(Running {
                id: spec.id.clone(),
                progress,
                #[cfg(feature = "testing")]
                filter: spec.filter.clone(),
            });
            tasks.spawn(ConsumerTask::new(spec, tell, stop.clone(), tenant).run());
        }
        gateway.follow(Consumers::new(environment.store.clone(), &consumers));
        if !consumers.is_empty() {
            keeping.spawn(ownership.run());
        }
        let (tasks, ownership) = (Mutex::new(tasks), Mutex::new(keeping));
        Self {
            environment,
            sagas,
            serving,
            gateway,
            instances,
            consumers,
            node,
            looking,
            tasks,
            ownership,
            shutdown,
        }
    }

    /// A client for an invoker of the bundle.
    ///
    /// # Panics
    /// When the invoker is not in the bundle. [`try_invoker`](Self::try_invoker) says so instead.
    #[must_use]
    pub fn invoker<I: Invoker>(&self) -> Client<I> {
        match self.try_invoker() {
            Some(client) => client,
            None => panic!("`{}` is not in this bundle: add it to `components: [..]`", I::META.name),
        }
    }

    /// A client for an invoker; `None` when it is not in the bundle.
    #[must_use]
    pub fn try_invoker<I: Invoker>(&self) -> Option<Client<I>> {
        let found = self.instances.get(<I as Component>::META.name)?;
        let instance: &(dyn Any + Send + Sync) = &**found.instance;
        instance.is::<I>().then(|| {
            Client::new(ClientCore {
                meta: found.meta,
                instance: found.instance.clone(),
                environment: self.environment.clone(),
                bus: self.gateway.clone(),
                component: found.name.clone(),
                metadata: Metadata::new(),
                context: Context::DEFAULT,
                within: None,
                id: None,
                after: Vec::new(),
            })
        })
    }

    /// The consumers of the bundle.
    pub(super) fn consumer_ids(&self) -> impl Iterator<Item = &ConsumerId> {
        self.consumers.iter().map(|consumer| &consumer.id)
    }

    /// Waits until every consumer is at the head of the log, and the head stays where it is: until everything that was sent
    /// has had all its consequences. Returns the head.
    ///
    /// # Errors
    /// [`WaitError::Behind`] names a consumer that is not there in time, and why.
    pub fn wait_for_head(&self, within: Duration) -> BoxFuture<'_, Result<Position, WaitError>> {
        // Boxed here, so that it is compiled here: the body of an `async fn` is compiled in every program that awaits it.
        Box::pin(self.all_reach_head(within))
    }

    async fn all_reach_head(&self, within: Duration) -> Result<Position, WaitError> {
        let deadline = clock::deadline(within);
        let mut head = self.environment.store.head().await?;
        // A place that a consumer had before somebody put it elsewhere does not count.
        let records = self.environment.store.consumers().await?;
        loop {
            for consumer in &self.consumers {
                let record = records.iter().find(|record| record.consumer == consumer.id);
                if let Err(_elapsed) = timeout_at(deadline, self.reaches(consumer, record, head)).await {
                    let Progress { state, position, last_error, .. } = consumer.progress.borrow().clone();
                    let consumer = consumer.id.clone();
                    return Err(WaitError::Behind { consumer, position, head, state, last_error });
                }
            }
            let now = self.environment.store.head().await?;
            if now == head {
                // What another process has switched meanwhile is read from now on.
                self.serving.look().await?;
                return Ok(head);
            }
            head = now;
        }
    }

    /// Waits until a consumer is at a position, whoever runs it, as it was not put elsewhere since its record was read.
    async fn reaches(&self, consumer: &Running, record: Option<&ConsumerRecord>, position: Position) {
        let mut progress = consumer.progress.clone();
        loop {
            let seen = progress.borrow_and_update().clone();
            let is_outdated = record.is_some_and(|record| seen.is_outdated(record));
            if seen.position >= position && !is_outdated {
                return;
            }
            let is_elsewhere = seen.state == ConsumerState::NotOwned;
            if is_elsewhere && elsewhere(&*self.environment.store, &consumer.id).await >= Some(position) {
                return;
            }
            // What fails now is asked again.
            let again = if is_elsewhere { ELSEWHERE } else { Duration::MAX };
            if let Ok(Err(_stopped)) = timeout(again, progress.changed()).await {
                return std::future::pending().await;
            }
        }
    }

    /// Stops: refuses messages from outside, lets those in flight end, lets each consumer end the event that it handles, and
    /// waits for all that, at most 30 s. The store stays open.
    ///
    /// # Errors
    /// [`ShutdownError`] when something did not come to rest in time.
    pub fn shutdown(self) -> BoxFuture<'static, Result<(), ShutdownError>> {
        self.shutdown_within(Duration::from_secs(30))
    }

    /// [`shutdown`](Self::shutdown) with another time limit.
    ///
    /// # Errors
    /// [`ShutdownError`] when something did not come to rest in time.
    pub fn shutdown_within(self, grace: Duration) -> BoxFuture<'static, Result<(), ShutdownError>> {
        // Boxed for the same reason as `wait_for_head`.
        Box::pin(self.come_to_rest(grace))
    }

    async fn come_to_rest(self, grace: Duration) -> Result<(), ShutdownError> {
        let deadline = clock::deadline(grace);
        self.shutdown.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let stopped = async { while let Ok(Some(_)) = timeout_at(deadline, tasks.join_next()).await {} };
        let (in_flight, ()) = tokio::join!(self.gateway.drain(deadline), stopped);
        let consumers = tasks.len();
        tasks.shutdown().await;
        // With the last one that could need a lease, their keeper gives all back and ends.
        drop(self.looking);
        let mut ownership =
            std::mem::take(&mut *self.ownership.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = timeout_at(deadline.max(clock::deadline(LEAVING)), ownership.join_next()).await;
        if in_flight == 0 && consumers == 0 {
            Ok(())
        } else {
            Err(ShutdownError { grace, in_flight, consumers })
        }
    }
}

/// How far another process says that it is with a consumer; `None` when nobody knows now.
async fn elsewhere(store: &dyn StateStore, consumer: &ConsumerId) -> Option<Position> {
    let record = store.consumer(consumer).await.ok()??;
    let nodes = store.nodes().await.ok()?;
    let owner = nodes.iter().find(|node| Some(node.node) == record.owner);
    let told = owner.and_then(|node| told(node, &record));
    told.map(|(progress, _)| progress.position).max(Some(record.checkpoint))
}

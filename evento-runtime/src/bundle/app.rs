//! A running application.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use thiserror::Error;
use tokio::{sync::watch, task::JoinSet, time::timeout_at};

use super::{Client, ClientCore, Invoker, sagas::SagaCatalogue};
use crate::{
    clock,
    component::Component,
    consumer::{ConsumerSpec, ConsumerState, ConsumerStatus, ConsumerTask, Progress},
    environment::Environment,
    gateway::Gateway,
    message::{Context, Metadata, Position},
    registry::InstanceOf,
    store::{ConsumerId, StoreError},
};

/// A running application. Dropped, it stops its consumers where they are: what they were handling is handled again at the next
/// start. [`shutdown`](Self::shutdown) lets them, and those who wait for an answer, come to an end.
pub struct App {
    pub(super) environment: Environment,
    pub(super) sagas: SagaCatalogue,
    gateway: Arc<Gateway>,
    instances: HashMap<&'static str, InstanceOf>,
    consumers: Vec<Running>,
    tasks: Mutex<JoinSet<()>>,
    shutdown: watch::Sender<bool>,
}

/// A consumer that this process runs.
struct Running {
    id: ConsumerId,
    progress: watch::Receiver<Progress>,
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
        specs: Vec<ConsumerSpec>,
    ) -> Self {
        let (shutdown, stop) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut consumers = Vec::new();
        for spec in specs {
            let (tell, progress) = watch::channel(Progress::default());
            consumers.push(Running { id: spec.id.clone(), progress });
            tasks.spawn(ConsumerTask::new(spec, tell, stop.clone()).run());
        }
        Self { environment, sagas, gateway, instances, consumers, tasks: Mutex::new(tasks), shutdown }
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
                instance: found.instance.clone(),
                bus: self.gateway.clone(),
                component: found.name.clone(),
                metadata: Metadata::new(),
                context: Context::DEFAULT,
                within: None,
                id: None,
            })
        })
    }

    /// What each consumer is doing. The lag is that behind the head of the log now.
    ///
    /// # Errors
    /// [`StoreError`] when the head cannot be read.
    pub async fn status(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        let head = self.environment.store.head().await?;
        Ok(self.consumers.iter().map(|consumer| consumer.status(head)).collect())
    }

    /// Waits until every consumer is at the head of the log, and the head stays where it is: until everything that was sent
    /// has had all its consequences. Returns the head.
    ///
    /// # Errors
    /// [`WaitError::Behind`] names a consumer that is not there in time, and why.
    pub async fn wait_for_head(&self, within: Duration) -> Result<Position, WaitError> {
        let deadline = clock::deadline(within);
        let mut head = self.environment.store.head().await?;
        loop {
            for consumer in &self.consumers {
                let mut progress = consumer.progress.clone();
                let there =
                    timeout_at(deadline, progress.wait_for(|progress| progress.position >= head)).await;
                if !matches!(there, Ok(Ok(_))) {
                    let Progress { state, position, last_error, .. } = consumer.progress.borrow().clone();
                    return Err(WaitError::Behind {
                        consumer: consumer.id.clone(),
                        position,
                        head,
                        state,
                        last_error,
                    });
                }
            }
            let now = self.environment.store.head().await?;
            if now == head {
                return Ok(head);
            }
            head = now;
        }
    }

    /// Stops: refuses messages from outside, lets those in flight end, lets each consumer end the event that it handles, and
    /// waits for all that, at most 30 s. The store stays open.
    ///
    /// # Errors
    /// [`ShutdownError`] when something did not come to rest in time.
    pub async fn shutdown(self) -> Result<(), ShutdownError> {
        self.shutdown_within(Duration::from_secs(30)).await
    }

    /// [`shutdown`](Self::shutdown) with another time limit.
    ///
    /// # Errors
    /// [`ShutdownError`] when something did not come to rest in time.
    pub async fn shutdown_within(self, grace: Duration) -> Result<(), ShutdownError> {
        let deadline = clock::deadline(grace);
        self.shutdown.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let stopped = async { while let Ok(Some(_)) = timeout_at(deadline, tasks.join_next()).await {} };
        let (in_flight, ()) = tokio::join!(self.gateway.drain(deadline), stopped);
        let consumers = tasks.len();
        tasks.shutdown().await;
        if in_flight == 0 && consumers == 0 {
            Ok(())
        } else {
            Err(ShutdownError { grace, in_flight, consumers })
        }
    }
}

impl Running {
    fn status(&self, head: Position) -> ConsumerStatus {
        let Progress { state, position, last_error, parked, unmatched, begun_already } =
            self.progress.borrow().clone();
        ConsumerStatus {
            consumer: self.id.clone(),
            state,
            position,
            lag: head.0.saturating_sub(position.0),
            last_error,
            parked,
            unmatched,
            begun_already,
        }
    }
}

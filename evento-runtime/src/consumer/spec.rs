//! What a consumer is.

use std::{borrow::Cow, collections::HashMap, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

use super::executor::Executors;
use crate::{
    capability::{Bus, Scope, Serving, Tables, ViewIds, seed},
    component::{ComponentMeta, HandlerMeta},
    environment::Environment,
    handler::{Incoming, Instance, Invocation, MessageRef},
    interceptor::Called,
    message::{MessageId, Position, StoredEvent},
    registry::Lives,
    store::{ConsumerId, FirstStart, LogFilter, ReplayCommands},
};

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How consumers are bounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConsumerOptions {
    /// How many events are read at once.
    pub(crate) batch_events: usize,
    /// How many bytes of events are read at once.
    pub(crate) batch_bytes: usize,
    /// How long a transaction stays open while there is more to do, so that others may write.
    pub(crate) batch_time: Duration,
    /// How long a consumer waits for a hint that there is something new before it looks by itself.
    pub(crate) poll: Duration,
    /// How long this process is taken to be alive after a heartbeat.
    pub(crate) lease: Duration,
    /// How long a handler may take.
    pub(crate) handler_time: Duration,
    /// How long a handler may take that holds a transaction.
    pub(crate) transaction_time: Duration,
    /// How many positions without an event of its own a consumer passes before it writes its checkpoint.
    pub(crate) checkpoint_every: u64,
    /// So many keys may be put aside in such a time; one more, and the consumer pauses.
    pub(crate) parked_keys: (usize, Duration),
    /// How many events an observer handles at once whose handlers name no executor.
    pub(crate) concurrency: usize,
    /// So many events may be between the first that an observer has not done and the last that it has taken up, and those that
    /// are not done may have so many bytes.
    pub(crate) window: (usize, usize),
    /// The longest wait before what has failed is tried again.
    pub(crate) longest_wait: Duration,
}

impl Default for ConsumerOptions {
    fn default() -> Self {
        Self {
            batch_events: 1_000,
            batch_bytes: 4 * 1024 * 1024,
            batch_time: Duration::from_millis(50),
            poll: Duration::from_millis(500),
            lease: Duration::from_secs(5),
            handler_time: Duration::from_secs(30),
            transaction_time: Duration::from_secs(5),
            checkpoint_every: 1_000,
            parked_keys: (20, Duration::from_secs(60)),
            concurrency: 16,
            window: (10_000, 4 * 1024 * 1024),
            longest_wait: LONGEST_WAIT,
        }
    }
}

/// One consumer: a component bound to contexts.
pub(crate) struct ConsumerSpec {
    pub(crate) meta: &'static ComponentMeta,
    /// The name of the component within its bundle.
    pub(crate) name: Arc<str>,
    /// The name under which sagas are kept: those of a consumer that is bound to a context are apart from those of another.
    pub(crate) sagas: Arc<str>,
    pub(crate) id: ConsumerId,
    pub(crate) filter: LogFilter,
    pub(crate) handlers: HashMap<&'static str, Lives>,
    /// The deadline handlers of a saga, by the stored names of their deadlines.
    pub(crate) deadlines: HashMap<&'static str, &'static HandlerMeta>,
    /// The component; none for a saga, which is its state.
    pub(crate) instance: Option<Arc<Instance>>,
    pub(crate) views: ViewIds,
    pub(crate) tables: Tables,
    pub(crate) serving: Serving,
    /// The contexts of all consumers of the component.
    pub(crate) contexts: Arc<[Cow<'static, str>]>,
    pub(crate) first_start: FirstStart,
    /// For an observer or a saga that begins with what was before it: what becomes of the commands that it sends for that.
    pub(crate) from_beginning: Option<ReplayCommands>,
    pub(crate) options: ConsumerOptions,
    pub(crate) executors: Executors,
    pub(crate) environment: Environment,
    pub(crate) bus: Arc<dyn Bus>,
}

impl ConsumerSpec {
    /// What is wrong with an event that newer code has written: this program cannot know what it means, so it must neither
    /// guess nor put it aside.
    pub(super) fn newer(&self, event: &StoredEvent) -> Option<NewerEvent> {
        let handlers = self.handlers.get(&*event.message.name)?;
        let payload = handlers.living.or(handlers.starting)?.payload?;
        (event.message.payload_version > payload.version).then_some(NewerEvent {
            name: payload.name,
            position: event.position,
            found: event.message.payload_version,
            known: payload.version,
        })
    }

    /// From what the ids of commands are derived that this component sends because of a message.
    pub(super) fn seed(&self, cause: MessageId) -> MessageId {
        seed(cause, &self.name)
    }

    /// On whose behalf a handler acts: what it sends inherits from the event and has ids that are derived from `seed`.
    pub(super) fn scope(&self, event: &StoredEvent, seed: MessageId, deadline: Instant) -> Scope {
        let (cause, correlation) = (event.message.id, event.message.correlation_id);
        let mut scope = Scope::new(self.bus.clone(), seed, cause, correlation);
        scope.metadata = event.message.metadata.clone();
        scope.context = event.message.context.clone();
        scope.deadline = Some(deadline);
        scope
    }

    /// The attempt of a number, from 0, at a handler of this consumer's component.
    pub(super) fn called(&self, handler: &'static HandlerMeta, attempt: u32) -> Called<'_> {
        self.environment.called(self.meta, handler, attempt)
    }

    /// A call of a handler of this consumer's component.
    pub(super) fn invocation<'i>(
        &'i self,
        incoming: &'i Incoming<'i>,
        scope: Option<&'i Scope>,
    ) -> Invocation<'i> {
        let mut invocation = Invocation::new(incoming, scope);
        invocation.tables = Some(&self.tables);
        invocation.instance = self.instance.as_ref().map(|instance| &***instance);
        invocation
    }
}

/// An event was written by newer code.
#[derive(Debug, Error)]
#[error("event `{name}` at {position} has version {found}, this program knows {known}: use a newer build")]
pub(super) struct NewerEvent {
    name: &'static str,
    position: Position,
    found: u32,
    known: u32,
}

/// An event with its payload, to be decoded at most once.
pub(super) fn incoming(event: &StoredEvent) -> Incoming<'_> {
    Incoming::new(MessageRef::Stored(event))
}

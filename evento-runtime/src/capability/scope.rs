//! The scope of one call of a handler: on whose behalf it sends and asks.

use std::{
    any::Any,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use futures_core::future::BoxFuture;
use tokio::time::Instant;
use uuid::Uuid;

use super::TimerChanges;
use crate::{
    message::{
        CommandId, CommandMessage, Context, MessageId, Metadata, QueryMessage, StoredEvent, Timestamp,
    },
    outcome::{Intercepted, QueryError, Receipt, SendError},
};

/// Where the id of a command comes from, which decides what the ledger makes of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made for this one sending: nobody can repeat it.
    Fresh,
    /// Chosen by the caller, who may repeat it: another payload under the same id is an error.
    Caller,
    /// Derived from what caused it: a repetition after a crash is answered with the first outcome.
    Derived,
}

/// A command with everything the gateway needs to know.
pub struct OutgoingCommand {
    /// The envelope.
    pub message: CommandMessage,
    /// The aggregate's id or the lock id.
    pub target: Option<String>,
    /// Where its id comes from.
    pub origin: Origin,
    /// The message whose handling sent it, under which its rejection is recorded.
    pub cause: Option<MessageId>,
    /// When the sender stops waiting.
    pub deadline: Option<Instant>,
    /// Whether a handler sent it whose own command holds a place in flight.
    pub nested: bool,
    /// The locks that the senders up the chain hold.
    pub held: Arc<[String]>,
}

/// A query with everything the gateway needs to know.
pub struct OutgoingQuery {
    /// The envelope.
    pub message: QueryMessage,
    /// When the asker stops waiting.
    pub deadline: Option<Instant>,
    /// Whether a handler asked.
    pub nested: bool,
    /// The events that are to be in what the answer is made from.
    pub after: Vec<Arc<[StoredEvent]>>,
}

/// What carries commands and queries to their handlers.
pub trait Bus: Send + Sync + 'static {
    /// A new identity.
    fn fresh_id(&self) -> Uuid;

    /// The time now.
    fn now(&self) -> Timestamp;

    /// Carries a command.
    fn send(&self, command: OutgoingCommand) -> BoxFuture<'_, Result<Receipt, SendError>>;

    /// Carries a query. The answer is the query's `Response`, boxed.
    fn ask(&self, query: OutgoingQuery) -> BoxFuture<'_, Result<Box<dyn Any + Send>, QueryError>>;
}

/// On whose behalf a call sends and asks: what its messages inherit, and from what their ids are derived.
pub struct Scope {
    pub(crate) bus: Arc<dyn Bus>,
    /// The message that is handled.
    pub(crate) cause: MessageId,
    /// From what the ids of commands are derived, and under what their rejections are recorded: one handling of the message by
    /// one component, or by one saga.
    pub(crate) seed: MessageId,
    pub(crate) correlation_id: MessageId,
    pub(crate) metadata: Metadata,
    pub(crate) context: Context,
    pub(crate) timestamp: Timestamp,
    pub(crate) deadline: Option<Instant>,
    pub(crate) origin: Origin,
    pub(crate) nested: bool,
    pub(crate) held: Arc<[String]>,
    /// The events that are to be in what answers are made from.
    pub(crate) after: Vec<Arc<[StoredEvent]>>,
    /// Whether the commands that the call sends go nowhere, because it handles again what was handled before.
    pub(crate) suppresses: bool,
    /// What the call wants of the timers of its saga.
    pub(crate) timers: TimerChanges,
    ordinals: Mutex<Vec<(&'static str, u32)>>,
    /// The metadata with what interceptors added.
    added: OnceLock<Metadata>,
    /// Why nothing may be sent or asked.
    refused: OnceLock<Intercepted>,
}

impl Scope {
    /// The scope of a call that handles a message with this id. The ids of the commands that it sends are derived from a
    /// [`seed`].
    pub(crate) fn new(
        bus: Arc<dyn Bus>,
        seed: MessageId,
        cause: MessageId,
        correlation_id: MessageId,
    ) -> Self {
        let timestamp = bus.now();
        Self {
            bus,
            cause,
            seed,
            correlation_id,
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            timestamp,
            deadline: None,
            origin: Origin::Derived,
            nested: true,
            held: Arc::default(),
            after: Vec::new(),
            suppresses: false,
            timers: TimerChanges::default(),
            ordinals: Mutex::new(Vec::new()),
            added: OnceLock::new(),
            refused: OnceLock::new(),
        }
    }

    /// What is sent and asked inherits this metadata in place of that of the message. Said once, before the handler is called.
    pub(crate) fn add(&self, metadata: Metadata) {
        // There is one attempt for each scope.
        let _ = self.added.set(metadata);
    }

    /// The metadata with what was added, if there was anything.
    pub(crate) fn added(&self) -> Option<&Metadata> {
        self.added.get()
    }

    /// What is sent and asked inherits.
    pub(crate) fn metadata(&self) -> &Metadata {
        self.added().unwrap_or(&self.metadata)
    }

    /// From now on, whatever is sent or asked is refused.
    pub(crate) fn refuse(&self, because: Intercepted) {
        // The first reason is as good as a second one.
        let _ = self.refused.set(because);
    }

    /// Why nothing may be sent or asked.
    pub(crate) fn refused(&self) -> Option<&Intercepted> {
        self.refused.get()
    }

    /// How many messages of this name were sent before in this call.
    pub(crate) fn next_ordinal(&self, name: &'static str) -> u32 {
        let mut ordinals = self.ordinals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, next)) = ordinals.iter_mut().find(|(known, _)| *known == name) {
            *next += 1;
            return *next - 1;
        }
        ordinals.push((name, 1));
        0
    }

    /// Whether anything was sent in this call.
    pub(crate) fn has_sent(&self) -> bool {
        !self.ordinals.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The id of a command that this call sends: the same when the call is repeated.
    pub(crate) fn derive_id(&self, name: &str, discriminator: &str) -> CommandId {
        let text = format!("{name}\u{1f}{discriminator}");
        CommandId(Uuid::new_v5(&self.seed.0, text.as_bytes()))
    }
}

/// What stands for the handling of a message by a component: from it the ids of commands are derived, and under it their
/// rejections are recorded, so that two components that handle one message do not get into each other's way.
pub(crate) fn seed(cause: MessageId, component: &str) -> MessageId {
    MessageId(Uuid::new_v5(&cause.0, component.as_bytes()))
}

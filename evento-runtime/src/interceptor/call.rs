//! What an interceptor sees of a call.

use std::sync::OnceLock;

use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta},
    handler::{Invocation, ReplayStatus},
    message::{MessageId, Metadata, Position},
};

/// One attempt at a handler, as interceptors see it.
#[derive(Debug)]
pub struct Call {
    role: ComponentKind,
    component: &'static str,
    handler: &'static str,
    /// The handler of an aggregate that has decided.
    decided: OnceLock<&'static str>,
    payload: Option<&'static str>,
    attempt: u32,
    metadata: Metadata,
    added: bool,
    message: MessageId,
    correlation: MessageId,
    cause: MessageId,
    position: Option<Position>,
    replay: Option<ReplayStatus>,
}

impl Call {
    /// The attempt of a number at a handler that an invocation is for.
    pub(crate) fn new(
        component: &'static ComponentMeta,
        handler: &'static HandlerMeta,
        attempt: u32,
        invocation: &Invocation<'_>,
    ) -> Self {
        let (message, correlation, cause) = invocation.ids();
        Self {
            role: component.kind,
            component: component.name,
            handler: handler.name,
            decided: OnceLock::new(),
            payload: handler.payload.map(|payload| payload.name),
            attempt,
            metadata: invocation.metadata().cloned().unwrap_or_default(),
            added: false,
            message,
            correlation,
            cause,
            position: invocation.position_of_event(),
            replay: component.kind.is_consumer().then_some(invocation.replay),
        }
    }

    /// The kind of the component.
    #[must_use]
    pub fn role(&self) -> ComponentKind {
        self.role
    }

    /// The name of the component.
    #[must_use]
    pub fn component(&self) -> &'static str {
        self.component
    }

    /// The name of the method. Where an aggregate has two for one command, one that creates and one that does not, the latter, until
    /// [`Next::run`](super::Next::run) has returned: which of them is called is known when the state is loaded.
    #[must_use]
    pub fn handler(&self) -> &'static str {
        self.decided().unwrap_or(self.handler)
    }

    /// The method of an aggregate that has decided, or rejected the command.
    pub(crate) fn decided(&self) -> Option<&'static str> {
        self.decided.get().copied()
    }

    /// Says which method of an aggregate has decided.
    pub(crate) fn decided_by(&self, handler: &'static str) {
        // An attempt decides once.
        let _ = self.decided.set(handler);
    }

    /// The stored name of what is handled; `None` for an invocation.
    #[must_use]
    pub fn payload(&self) -> Option<&'static str> {
        self.payload
    }

    /// Which attempt it is, from 0. Commands of aggregates are tried again when others changed the aggregate meanwhile; consumers
    /// try again what failed.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The metadata of the message, with what interceptors added.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Adds metadata, in place of what has the same key. It goes where the table of [`Interceptor`](super::Interceptor) says, if
    /// it is added before the handler is called.
    pub fn add_metadata(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.metadata = std::mem::take(&mut self.metadata).with(key, value);
        self.added = true;
    }

    /// The metadata, if there was any added.
    pub(crate) fn added(&self) -> Option<&Metadata> {
        self.added.then_some(&self.metadata)
    }

    /// The id of the message; of an invocation, one of its own.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        self.message
    }

    /// What started the chain of messages.
    #[must_use]
    pub fn correlation_id(&self) -> MessageId {
        self.correlation
    }

    /// The message that led to this one: the command that decided an event, or whatever was handled when a command was sent or a
    /// query asked. Its own id for the first of a chain.
    #[must_use]
    pub fn cause_id(&self) -> MessageId {
        self.cause
    }

    /// The place of the event in the log; `None` for what is no event.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Whether the event is handled for the first time, or is one that the consumer had passed before it was put back or catches up
    /// with, as [`ReplayStatus`] says for each role; `None` for those who do not read the log.
    #[must_use]
    pub fn replay_status(&self) -> Option<ReplayStatus> {
        self.replay
    }
}

//! One command that is to be handled.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::{Span, debug_span};

use crate::{
    capability::Origin,
    handler::{NewEvent, NewEvents},
    message::{
        CommandMessage, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp,
    },
    outcome::{Receipt, Refusal, SendError},
    payload::PayloadMeta,
    store::Appended,
};

use crate::environment::Environment;

/// A command on its way through an aggregate or a service.
pub(crate) struct Task {
    pub(crate) message: CommandMessage,
    pub(crate) payload: &'static PayloadMeta,
    /// The id of the aggregate, or the lock id.
    pub(crate) target: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) cause: Option<MessageId>,
    pub(crate) deadline: Instant,
    pub(crate) held: Arc<[String]>,
}

impl Task {
    /// The stored name of the command.
    pub(crate) fn name(&self) -> &'static str {
        self.payload.name
    }

    /// Covers the append of this command's events.
    pub(super) fn append_span(&self, stream: &StreamId) -> Span {
        let (id, correlation) = (self.message.id, self.message.correlation_id);
        debug_span!("append", command = self.name(), %id, %stream, %correlation)
    }

    /// The same command with other metadata.
    pub(super) fn with_metadata(&self, metadata: Metadata) -> Self {
        Self {
            message: CommandMessage { metadata, ..self.message.clone() },
            target: self.target.clone(),
            held: self.held.clone(),
            ..*self
        }
    }

    /// Nothing was done.
    pub(crate) fn refused(&self, refusal: Refusal) -> SendError {
        SendError::Refused { command: self.name(), refusal }
    }

    /// Nobody knows.
    pub(crate) fn unknown(&self, reason: impl Into<String>) -> SendError {
        SendError::OutcomeUnknown { command: self.name(), id: self.message.id, reason: reason.into() }
    }

    /// The events that the command's handler decided, in their envelopes. The first one has the version behind `version`.
    pub(crate) fn envelop(
        &self,
        stream: &StreamId,
        version: u64,
        events: NewEvents,
        environment: &Environment,
        now: Timestamp,
    ) -> Vec<EventMessage> {
        let envelop = |(version, NewEvent { meta, payload }): (u64, NewEvent)| EventMessage {
            id: MessageId(environment.ids.next()),
            stream: stream.clone(),
            version,
            name: meta.name.into(),
            payload_version: meta.version,
            correlation_id: self.message.correlation_id,
            causation_id: self.message.id.into(),
            timestamp: now,
            metadata: self.message.metadata.clone(),
            context: self.message.context.clone(),
            payload,
        };
        (version + 1..).zip(events.into_vec()).map(envelop).collect()
    }

    /// The receipt for events that were appended.
    pub(crate) fn receipt(&self, events: Vec<EventMessage>, appended: Appended) -> Receipt {
        let place = |(offset, message): (u64, EventMessage)| StoredEvent {
            position: Position(appended.first.0 + offset),
            message: EventMessage { version: appended.first_version + offset, ..message },
        };
        Receipt {
            command: self.message.id,
            events: (0..).zip(events).map(place).collect(),
            repeated: false,
            suppressed: false,
        }
    }
}

//! What the sender of an accepted command gets.

use std::sync::Arc;

use crate::{
    message::{CommandId, Position, StoredEvent},
    payload::{DecodeError, Event, decode},
};

/// An accepted command: its events are durable and have their positions.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub(crate) command: CommandId,
    pub(crate) events: Arc<[StoredEvent]>,
    pub(crate) repeated: bool,
    pub(crate) suppressed: bool,
}

impl Receipt {
    /// That of a command that went nowhere.
    pub(crate) fn suppressed(command: CommandId) -> Self {
        Self { command, events: [].into(), repeated: false, suppressed: true }
    }

    /// The id of the command.
    #[must_use]
    pub fn command_id(&self) -> CommandId {
        self.command
    }

    /// The events in order; empty when the handler decided that nothing happens.
    #[must_use]
    pub fn events(&self) -> &[StoredEvent] {
        &self.events
    }

    /// The position of the last event; `None` without events.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.events.last().map(|event| event.position)
    }

    /// Whether the command was handled before, and this is its first outcome again.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// Whether the command was not sent at all, because its sender handles again what it has handled before: an observer or a
    /// saga that was put back without leave to send. There are no events then.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        self.suppressed
    }

    /// The first event of type `E`, decoded; `None` when there is none. That of a command which was handled before may have an
    /// earlier version, and goes through its upcasters.
    ///
    /// # Errors
    /// [`DecodeError`], which says what is in the way.
    pub fn event<E: Event>(&self) -> Result<Option<E>, DecodeError> {
        self.events
            .iter()
            .find(|event| E::META.is_called(&event.message.name))
            .map(|StoredEvent { message, .. }| {
                decode(&message.name, message.payload_version, &message.payload)
            })
            .transpose()
    }
}

//! Places in the log that can be recognised.

use crate::message::{MessageId, Position, StoredEvent};

/// A place in the log, as somebody has seen it: a position, and the event that stood there.
///
/// Positions alone do not tell a log from an older copy of it to which other events were appended since. Whoever goes on from
/// a place says which event was there, and is told when it is not: [`StoreError::LogWentBack`](super::StoreError::LogWentBack).
///
/// ```
/// use evento_runtime::{message::Position, store::LogMark};
/// let place: LogMark = Position(12).into();
/// assert_eq!((place.position, place.event), (Position(12), None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogMark {
    /// The position; that of the start is before the first event.
    pub position: Position,
    /// The event at that position. Without it, any log that reaches as far will do.
    pub event: Option<MessageId>,
}

impl LogMark {
    /// Before the first event.
    pub const START: Self = Self { position: Position::START, event: None };
}

impl From<Position> for LogMark {
    fn from(position: Position) -> Self {
        Self { position, event: None }
    }
}

impl From<&StoredEvent> for LogMark {
    fn from(event: &StoredEvent) -> Self {
        Self { position: event.position, event: Some(event.message.id) }
    }
}

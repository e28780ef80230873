//! What an operator does to a consumer: pause it, put it back, let it pass an event.
//!
//! All of it is kept in the store, so it works whoever runs the consumer. What moves a consumer also fences whoever runs it:
//! nothing that was under way is committed, and the next owner goes on from what was changed.

use async_trait::async_trait;

use super::{ConsumerId, StoreError};
use crate::message::{Position, Timestamp};

/// An event that a consumer is to pass without handling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// Which event.
    pub position: Position,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub at: Timestamp,
}

/// What becomes of the commands that a consumer sends for events that it handles again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReplayCommands {
    /// They are not sent.
    #[default]
    Suppressed,
    /// They are sent.
    Sent,
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
impl ReplayCommands {
    /// From the column that says whether they are sent.
    pub(crate) fn from_column(sends: bool) -> Self {
        if sends { Self::Sent } else { Self::Suppressed }
    }
}

/// The longest reason of a pause that is kept, in bytes. It is part of the record, which every process reads often.
const LONGEST_REASON: usize = 8 * 1024;

/// The reason of a pause as it is kept.
pub(crate) fn kept_reason(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}

/// Changes consumers from outside. Each answer says whether anything was changed; where nothing else is said, that is whether
/// there is such a consumer.
#[async_trait]
pub trait Interventions: Send + Sync + 'static {
    /// Pauses a consumer, or lets it go on. It stays paused over restarts. Either forgets why it was paused before.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError>;

    /// Pauses a consumer, and notes why in its record: of a reason that is longer than 8 KiB, the beginning.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError>;

    /// Puts the checkpoint of a consumer elsewhere, and takes the consumer from whoever has it. The record remembers how far the
    /// consumer had come at most, and what is to become of the commands up to there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError>;

    /// Notes an event that a consumer is to pass, and takes the consumer from whoever has it. Both are done or neither.
    ///
    /// Nothing is changed, and the answer is `false`, when there is no such consumer, or when its checkpoint is not before the
    /// event: it is done with it. That is found out in the transaction that notes the skip, so a consumer that passes the event at
    /// the same moment has either passed it or is told to.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError>;

    /// The events behind a position that a consumer is to pass, in their order.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError>;
}

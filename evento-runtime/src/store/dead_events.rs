//! Dead events: those whose handler failed for good, kept for inspection and replay.

use async_trait::async_trait;

use super::{ConsumerId, StoreError};
use crate::message::{Position, Timestamp};

/// One event that a consumer has put aside. An event is put aside once for each key: one that concerns two sagas may fail for both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEvent {
    /// Who put it aside.
    pub consumer: ConsumerId,
    /// Which event. For a deadline, the place up to which its saga had handled the log when it came due.
    pub position: Position,
    /// The key of the timer, when it is a deadline of a saga that failed and not the event of the position. The timer is kept
    /// with the saga until then, and comes due again when its key is open.
    pub timer: Option<String>,
    /// What is in order among itself: later events of the same key wait behind it.
    pub key: String,
    /// Why its handler failed; `None` for an event that only waits behind another of its key.
    pub error: Option<String>,
    /// How often the handler was tried.
    pub attempts: u32,
    /// When it was put aside first. What is put aside again keeps that.
    pub first_at: Timestamp,
    /// When it was put aside, or failed again.
    pub at: Timestamp,
}

impl DeadEvent {
    /// Its place among the dead events of its consumer.
    #[must_use]
    pub fn place(&self) -> DeadEventPlace {
        DeadEventPlace { position: self.position, key: self.key.clone() }
    }
}

/// A place among the dead events of a consumer: they are in the order of their positions, and by key where an event was put
/// aside for several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadEventPlace {
    /// The position.
    pub position: Position,
    /// The key.
    pub key: String,
}

/// Lists dead events. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait DeadEventStore: Send + Sync + 'static {
    /// The dead events of a consumer behind a position, in their order, and by key where an event was put aside for several.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError>;

    /// The dead events of a consumer behind a place, in their order; those of one key, if one is named.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError>;
}

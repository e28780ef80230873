//! Forgetting what nobody needs any more: the events of deleted aggregates, and old entries of the command ledger.

use async_trait::async_trait;

use super::{ConsumerId, StoreError};
use crate::message::{CommandId, Position, Timestamp};

/// How far everything is done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Every consumer has passed this position, and no dead event waits at it or before it.
    pub position: Position,
    /// The consumer that keeps it from being further; `None` when nothing does, and it is the head of the log.
    pub held_by: Option<ConsumerId>,
}

impl Horizon {
    /// That of a log with this head, of whose consumers the last one is done up to a position.
    pub(crate) fn new(head: Position, last: Option<(Position, ConsumerId)>) -> Self {
        match last {
            Some((position, consumer)) if position < head => Self { position, held_by: Some(consumer) },
            _ => Self { position: head, held_by: None },
        }
    }
}

/// One step of purging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeStep<C> {
    /// How many streams or entries were looked at.
    pub looked_at: u64,
    /// How many of them were purged.
    pub purged: u64,
    /// From where the next step goes on; `None` when there is nothing left to look at.
    pub next: Option<C>,
}

/// Forgets in steps, each a transaction of its own. [`purge_deleted`](crate::retention::purge_deleted) and
/// [`purge_ledger`](crate::retention::purge_ledger) take all of them.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// How far everything is done with, now.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn horizon(&self) -> Result<Horizon, StoreError>;

    /// Purges streams that were closed before a time, at most `limit` of them, by the position of the event that closed them,
    /// from behind `after`. What is left of an event is a tombstone: position, stream, version, name, ids and times, without
    /// payload and metadata. No position is freed, and the stream stays closed. Snapshots go with their stream. A stream that
    /// was closed behind the [horizon](Self::horizon) is left alone, and so are those behind it.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        limit: usize,
    ) -> Result<PurgeStep<Position>, StoreError>;

    /// Purges entries of commands that were handled before a time, looking at `limit` entries by id, from behind `after`. An
    /// entry that was written behind the [horizon](Self::horizon) is kept: the command may come again.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        limit: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError>;
}

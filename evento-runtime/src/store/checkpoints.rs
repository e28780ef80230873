//! Checkpoints: how far each consumer has come, and who may move it.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use uuid::Uuid;

use super::{ConsumerTransaction, NodeId, ReplayCommands, StoreError};
use crate::message::Position;

/// The identity of a consumer: a component in the version whose state is its own, and the contexts that it reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId {
    /// The stored name of the component.
    pub component: Cow<'static, str>,
    /// The version of a projector, whose read model is its own; 0 for observers and sagas, whose versions inherit.
    pub version: u32,
    /// The context to which the consumer is bound; `*` for all.
    pub context: Cow<'static, str>,
}

impl fmt::Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.component)?;
        if self.version > 0 {
            write!(f, " v{}", self.version)?;
        }
        if self.context != "*" {
            write!(f, " in {}", self.context)?;
        }
        Ok(())
    }
}

/// Where a consumer begins that was never seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStart {
    /// At the first event.
    Beginning,
    /// Behind the last event that is there when the consumer is created.
    Head,
}

/// What is stored of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// Every event up to and with this position is done with.
    pub checkpoint: Position,
    /// Counts the claims; only the newest one may write.
    pub epoch: u64,
    /// What tells the newest claim from another one of the same number; nil as long as nobody has claimed the consumer.
    pub token: Uuid,
    /// The version of the component's code that ran last.
    pub code_version: u32,
    /// The process that has it; `None` when it was given back, or when that process has not been heard of for too long.
    pub owner: Option<NodeId>,
    /// Whether it is to stay where it is.
    pub paused: bool,
    /// Why it is to stay where it is, when it has paused itself.
    pub pause_reason: Option<String>,
    /// The [request](super::RequestStore) about its dead events that nobody has answered yet.
    pub request: Option<Uuid>,
    /// Counts how often it was [put elsewhere](super::Interventions::reset); otherwise a checkpoint never becomes less.
    pub resets: u64,
    /// Up to where it had come when it was put back: what it handles up to there, it may have handled before.
    pub replay_until: Position,
    /// What becomes of the commands that it sends up to there.
    pub replay: ReplayCommands,
}

/// The right to move a consumer, until somebody else has claimed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// The number of the claim.
    pub epoch: u64,
    /// Drawn at random by the store for each claim. In a database that has gone back to an older copy, the numbers of claims
    /// repeat; with this, whoever claimed before is not taken for whoever claimed since.
    pub token: Uuid,
    /// The checkpoint at the time of the claim.
    pub checkpoint: Position,
}

/// A consumer that is being created.
pub struct NewConsumer {
    /// Where it begins.
    pub checkpoint: Position,
    /// The transaction that creates it, once it is committed.
    pub transaction: Box<dyn ConsumerTransaction>,
}

/// Keeps the checkpoints of consumers and the fences around them.
#[async_trait]
pub trait CheckpointStore: Send + Sync + 'static {
    /// The record of a consumer, behind every commit that has begun: what became of a commit whose connection was lost, which the
    /// server may still be busy with, is in it. Otherwise the owner would go on from a checkpoint that is about to move, and
    /// handle events twice.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError>;

    /// All consumers, by id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError>;

    /// Begins the creation of a consumer: its record is inserted in a transaction in which the caller may set up tables
    /// before committing it at the position of [`NewConsumer::checkpoint`]. `None` when the consumer is there already.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError>;

    /// Claims a consumer that nobody has, or one that older code runs: one that was given back, one whose owner has not [been heard
    /// of](super::LeaseStore::heartbeat) for the time of its lease, or one's own. That fences whoever had it before: from then
    /// on, a commit succeeds with the epoch and the token of this claim only. `None` when there is no such consumer, or when
    /// it belongs to somebody else who is alive, or when code of a later version has run it: an older program does not take over
    /// from a newer one.
    ///
    /// The claim of a node that gives no heartbeat stands until the next one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError>;
}

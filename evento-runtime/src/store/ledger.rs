//! The command ledger: which commands were handled, and how they ended.

use async_trait::async_trait;

use super::StoreError;
use crate::message::{CommandId, MessageId, Position, Timestamp};

/// What the ledger keeps of a command beside its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The stored name of the command.
    pub name: String,
    /// A digest of name and payload, to tell a repeated command from another one with the same id.
    pub digest: u64,
    /// The message whose handler sent it, when a handler did.
    pub cause: Option<MessageId>,
    /// When it was handled.
    pub at: Timestamp,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerOutcome {
    /// Accepted, with so many consecutive events from `first` on; without events, `first` is the head at that time.
    Accepted {
        /// The position of the first event.
        first: Position,
        /// How many events.
        count: u32,
    },
    /// Rejected by its handler, in the words of its error.
    Rejected {
        /// The message of the error.
        reason: String,
    },
}

/// One handled command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The identity of the command.
    pub command: CommandId,
    /// What is kept of it.
    pub recording: Recording,
    /// How it ended.
    pub outcome: LedgerOutcome,
}

/// Knows which commands were handled. Acceptances are written by [`EventStore::append`](super::EventStore::append).
#[async_trait]
pub trait CommandLedger: Send + Sync + 'static {
    /// The entry of a command.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError>;

    /// Records a rejection. When the command is known already, nothing is written and the known entry comes back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError>;

    /// Forgets the rejections that were recorded under a cause, never the acceptances. Returns how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError>;
}

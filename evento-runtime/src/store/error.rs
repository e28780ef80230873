//! How a store fails.

use std::error::Error as StdError;

use thiserror::Error;

use super::LedgerEntry;
use crate::message::{Position, StreamId};

/// A failure of the store itself, not of what was asked of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be reached or is closed; later it may be. Nothing was done.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What was tried.
        reason: String,
        /// What the database said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The database was written by a newer version of the library. Update the program, or open another database.
    #[error(
        "{store} has schema version {found}, this program knows {known}: use a newer build of the program, or another database"
    )]
    NewerSchema {
        /// Which store.
        store: String,
        /// The version in the database.
        found: u32,
        /// The newest version that this library knows.
        known: u32,
    },
    /// The database may only be read.
    #[error("{store} cannot be written: make the file and its folder writable, or open another one")]
    ReadOnly {
        /// Which store.
        store: String,
        /// What the database said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The address of the store makes no sense.
    #[error("`{url}` is no address of a store: {reason}")]
    BadAddress {
        /// What was given.
        url: String,
        /// What is wrong with it, and what is expected.
        reason: String,
    },
    /// Something in the store cannot be read back.
    #[error("{what} cannot be read: {reason}")]
    Corrupt {
        /// Which row, with position or id.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What was to be stored is larger than the store takes.
    #[error("{what} has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// What was to be stored.
        what: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Another owner has claimed the consumer since; nothing was written.
    #[error("consumer `{consumer}` now belongs to another owner; nothing was written")]
    Fenced {
        /// Which consumer.
        consumer: String,
    },
    /// The log is older than what was seen of it: a restored copy, or a failover to an older one.
    #[error("the log went back: it ends at {found}, and was seen at {seen}")]
    LogWentBack {
        /// The place that was seen before, and is not there any more.
        seen: Position,
        /// The head now.
        found: Position,
    },
    /// The events of a deleted aggregate were purged; only their places in the log are left.
    #[error("{stream} is deleted, and its events were purged")]
    Purged {
        /// Which stream.
        stream: StreamId,
    },
    /// The store lacks what was asked for.
    #[error("{store} has no {what}")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
        /// Which store.
        store: String,
    },
    /// Anything else the database said.
    #[error("the store failed: {reason}")]
    Failed {
        /// What was tried.
        reason: String,
        /// What the database said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// It was waited for until somebody's deadline. Whoever waits less long than the store tries must not take an outage for
    /// work that was too slow.
    pub(crate) fn unanswered() -> Self {
        Self::Unavailable { reason: "it did not answer before the deadline".to_owned(), source: None }
    }

    /// The same failure for each of those who waited for one thing: the first gets it with its source, the others in words.
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
    pub(crate) fn for_many(self) -> impl Iterator<Item = Self> {
        let (transient, words) = (self.is_transient(), self.to_string());
        let others = std::iter::repeat_with(move || {
            let reason = words.clone();
            if transient {
                Self::Unavailable { reason, source: None }
            } else {
                Self::Failed { reason, source: None }
            }
        });
        std::iter::once(self).chain(others)
    }
}

/// Why an append stored nothing, or why nobody knows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The stream is not at the expected version.
    #[error("{stream} is at version {actual}, not at the expected one")]
    Conflict {
        /// Which stream.
        stream: StreamId,
        /// The version that it has.
        actual: u64,
    },
    /// The stream was closed by an earlier event: its aggregate is deleted.
    #[error("{stream} is deleted")]
    Closed {
        /// Which stream.
        stream: StreamId,
    },
    /// The command was handled before.
    #[error("the command was handled before")]
    Duplicate(Box<LedgerEntry>),
    /// The deadline passed while the append still waited. Nothing was stored.
    #[error("the deadline passed before the append began; nothing was stored")]
    Expired,
    /// The connection was lost while committing, and the outcome could not be found out.
    #[error("the outcome of the append is unknown")]
    Unknown {
        /// What the database said.
        #[source]
        source: StoreError,
    },
    /// The log is older than what this process has seen of it: a restore, or a failover to an older copy.
    #[error("the log went back: it is at {found}, and was at {seen}")]
    LogWentBack {
        /// The head that was seen before.
        seen: Position,
        /// The head now.
        found: Position,
    },
    /// The store failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

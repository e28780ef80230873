//! What the server's settings promise.

use std::fmt;

/// When a commit is answered, as the server's setting `synchronous_commit` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SynchronousCommit {
    /// When it is on the disk of this server, or on that of its synchronous standbys too.
    OnDisk,
    /// Before it is on the disk. A crash of the server takes the last commits with it.
    Later,
}

/// What the server's settings promise about a commit that was answered. Looked at when the store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Durability {
    /// Whether the server waits for its disk at all. Without it, a loss of power may destroy the database.
    pub fsync: bool,
    /// When a commit is answered.
    pub synchronous_commit: SynchronousCommit,
    /// Whether pages that were torn by a loss of power are mended. Without it, they may stay torn.
    pub full_page_writes: bool,
}

impl Durability {
    pub(super) fn new(fsync: bool, synchronous_commit: &str, full_page_writes: bool) -> Self {
        let synchronous_commit = match synchronous_commit {
            "off" => SynchronousCommit::Later,
            _ => SynchronousCommit::OnDisk,
        };
        Self { fsync, synchronous_commit, full_page_writes }
    }

    /// Whether what was answered survives a crash of the server and a loss of its power, as far as its disk keeps its word.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.fsync && self.full_page_writes && self.synchronous_commit == SynchronousCommit::OnDisk
    }

    /// Tells of it when the store is opened.
    pub(super) fn log(&self, store: &str) {
        if self.is_durable() {
            tracing::info!(store, durability = %self, "opened");
        } else {
            tracing::warn!(
                store,
                durability = %self,
                "opened, but the settings of the server do not keep every answered commit through a crash or a loss of power"
            );
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |on: bool| if on { "on" } else { "off" };
        if self.is_durable() {
            return f.write_str("durable");
        }
        write!(
            f,
            "not durable: fsync {}, synchronous_commit {}, full_page_writes {}",
            on(self.fsync),
            on(self.synchronous_commit == SynchronousCommit::OnDisk),
            on(self.full_page_writes)
        )
    }
}

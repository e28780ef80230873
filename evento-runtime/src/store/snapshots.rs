//! Snapshots: the state of an aggregate at a version, so that loading need not replay everything.

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::StoreError;
use crate::message::StreamId;

/// The state of an aggregate at a version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The version of the stream whose events it contains.
    pub version: u64,
    /// Stands for the code that built it. Another hash means that it must not be used.
    pub hash: u64,
    /// The state as JSON.
    pub state: Box<RawValue>,
}

/// Keeps the newest snapshot of each stream.
#[async_trait]
pub trait SnapshotStore: Send + Sync + 'static {
    /// The newest snapshot of a stream.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps a snapshot in place of an older one. One of a lower version than the kept one with the same hash is ignored.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError>;
}

//! Snapshots.

use std::collections::hash_map::Entry;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError},
};

#[async_trait]
impl SnapshotStore for MemoryStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.state()?.snapshots.get(stream).cloned())
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        match self.state()?.snapshots.entry(stream.clone()) {
            Entry::Occupied(mut kept) => {
                if snapshot.version >= kept.get().version || snapshot.hash != kept.get().hash {
                    kept.insert(snapshot);
                }
            }
            Entry::Vacant(vacant) => {
                vacant.insert(snapshot);
            }
        }
        Ok(())
    }
}

//! The states of aggregates that were used lately, bounded by bytes.

use std::sync::{Arc, Mutex, PoisonError};

use quick_cache::{Weighter, sync::Cache};

use super::sourcing::Loaded;
use crate::message::StreamId;

/// What an entry takes beside its state, in bytes.
const ENTRY_BYTES: usize = 512;

/// States of aggregates. Whoever works on one takes it out and puts it back, so that a state is never used twice at once, and
/// one that was left half-changed is never used again.
pub(super) struct States {
    cache: Cache<StreamId, Slot, ByBytes>,
}

#[derive(Clone)]
struct Slot {
    bytes: usize,
    // The cache hands out clones; this is how the one who takes the state out owns it.
    loaded: Arc<Mutex<Option<Loaded>>>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<StreamId, Slot> for ByBytes {
    fn weight(&self, key: &StreamId, slot: &Slot) -> u64 {
        (slot.bytes + key.id.len() + ENTRY_BYTES) as u64
    }
}

impl States {
    /// Room for so many bytes of states.
    pub(super) fn new(bytes: usize) -> Self {
        Self { cache: Cache::with_weighter(bytes / (2 * ENTRY_BYTES), bytes as u64, ByBytes) }
    }

    /// Takes a state out.
    pub(super) fn take(&self, stream: &StreamId) -> Option<Loaded> {
        let (_, slot) = self.cache.remove(stream)?;
        slot.loaded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts a state back.
    pub(super) fn put(&self, stream: StreamId, loaded: Loaded) {
        let slot = Slot { bytes: loaded.bytes, loaded: Arc::new(Mutex::new(Some(loaded))) };
        self.cache.insert(stream, slot);
    }

    /// Forgets every state.
    pub(super) fn clear(&self) {
        self.cache.clear();
    }
}

//! The states of aggregates that were used lately, bounded by bytes.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use quick_cache::{Weighter, sync::Cache};

use super::sourcing::Loaded;
use crate::message::StreamId;

/// What an entry takes beside its state, in bytes.
const ENTRY_BYTES: usize = 512;

/// States of aggregates. Whoever works on one takes it out and puts it back, so that a state is never used twice at once, and
/// one that was left half-changed is never used again.
pub(super) struct States {
    cache: Cache<StreamId, Slot, ByBytes>,
    /// How often every state was forgotten.
    age: AtomicU64,
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
        let cache = Cache::with_weighter(bytes / (2 * ENTRY_BYTES), bytes as u64, ByBytes);
        Self { cache, age: AtomicU64::new(0) }
    }

    /// How often every state was forgotten so far, for somebody who begins to work on one.
    pub(super) fn age(&self) -> u64 {
        self.age.load(Ordering::Acquire)
    }

    /// Takes a state out.
    pub(super) fn take(&self, stream: &StreamId) -> Option<Loaded> {
        let (_, slot) = self.cache.remove(stream)?;
        slot.loaded.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts a state back that somebody began to work on at an age. What was forgotten since is not remembered again.
    pub(super) fn put(&self, stream: StreamId, loaded: Loaded, age: u64) {
        if age != self.age() {
            return;
        }
        let slot = Slot { bytes: loaded.bytes, loaded: Arc::new(Mutex::new(Some(loaded))) };
        self.cache.insert(stream.clone(), slot);
        // It may have been forgotten just before it came in.
        if age != self.age() {
            self.cache.remove(&stream);
        }
    }

    /// Forgets every state, and those that somebody works on when they are put back.
    pub(super) fn clear(&self) {
        self.age.fetch_add(1, Ordering::AcqRel);
        self.cache.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_was_forgotten_while_somebody_worked_on_it_stays_forgotten() {
        let (states, stream) = (States::new(64 * 1024), StreamId::new("Order", "7"));
        let age = states.age();
        states.put(stream.clone(), Loaded { version: 3, ..Loaded::default() }, age);
        let taken = states.take(&stream).expect("the state");
        states.clear();
        states.put(stream.clone(), taken, age);
        assert!(states.take(&stream).is_none(), "it is of a log that is no more");
        states.put(stream.clone(), Loaded { version: 1, ..Loaded::default() }, states.age());
        assert_eq!(states.take(&stream).map(|loaded| loaded.version), Some(1));
    }
}

//! Identities that are the same in each run.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::{
    clock::IdSource,
    store::{StateStore, StoreError},
};

/// Counts, and hashes what it has counted.
pub(super) struct SeededIds {
    seed: Uuid,
    given: AtomicU64,
}

impl SeededIds {
    /// The identities that belong to a seed, and to what is in the store: whoever starts again on the same store gets others, as an id that
    /// was given before stands for what was done with it.
    pub(super) async fn new(seed: u64, store: &dyn StateStore) -> Result<Self, StoreError> {
        let head = store.head().await?.0;
        let nodes = store.nodes().await?.len();
        let claims: u64 = store.consumers().await?.iter().map(|record| record.epoch).sum();
        let text = format!("{seed} {head} {nodes} {claims}");
        Ok(Self { seed: Uuid::new_v5(&Uuid::nil(), text.as_bytes()), given: AtomicU64::new(0) })
    }
}

impl IdSource for SeededIds {
    fn next(&self) -> Uuid {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        Uuid::new_v5(&self.seed, &number.to_be_bytes())
    }
}

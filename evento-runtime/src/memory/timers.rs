//! Timers.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{SagaId, StoreError, TimerPlace, TimerRecord, TimerStore};

/// All timers.
#[derive(Default)]
pub(super) struct Timers {
    by_key: BTreeMap<(String, SagaId, String), TimerRecord>,
    by_place: BTreeSet<(String, TimerPlace)>,
}

/// A change of timers, in the order in which it was made.
#[derive(Clone)]
pub(super) enum TimerChange {
    Put(TimerRecord),
    Delete(String, SagaId, String),
    /// All of a saga.
    DeleteAll(String, SagaId),
}

impl Timers {
    pub(super) fn apply(&mut self, change: TimerChange) {
        match change {
            TimerChange::Put(record) => {
                let key = (record.saga.clone().into_owned(), record.saga_id, record.key.clone());
                self.delete(&key);
                self.by_place.insert((key.0.clone(), record.place()));
                self.by_key.insert(key, record);
            }
            TimerChange::Delete(saga, id, key) => self.delete(&(saga, id, key)),
            TimerChange::DeleteAll(saga, id) => {
                let keys: Vec<_> = self.of(&saga, id).map(|(key, _)| key.clone()).collect();
                for key in keys {
                    self.delete(&key);
                }
            }
        }
    }

    fn delete(&mut self, key: &(String, SagaId, String)) {
        if let Some(record) = self.by_key.remove(key) {
            self.by_place.remove(&(key.0.clone(), record.place()));
        }
    }

    fn of(&self, saga: &str, id: SagaId) -> impl Iterator<Item = (&(String, SagaId, String), &TimerRecord)> {
        let from = (saga.to_owned(), id, String::new());
        self.by_key.range(from..).take_while(move |((name, of, _), _)| name == saga && *of == id)
    }

    fn behind(&self, saga: &str, after: Option<&TimerPlace>) -> impl Iterator<Item = &TimerRecord> {
        let from = Bound::Excluded((saga.to_owned(), after.cloned().unwrap_or_else(TimerPlace::first)));
        self.by_place
            .range((from, Bound::Unbounded))
            .take_while(move |(name, _)| name == saga)
            .filter_map(|(name, place)| self.by_key.get(&(name.clone(), place.saga_id, place.key.clone())))
    }
}

#[async_trait]
impl TimerStore for MemoryStore {
    async fn timers(
        &self,
        saga: &str,
        after: Option<&TimerPlace>,
        limit: usize,
    ) -> Result<Vec<TimerRecord>, StoreError> {
        Ok(self.state()?.timers.behind(saga, after).take(limit).cloned().collect())
    }

    async fn timers_of(&self, saga: &str, id: SagaId) -> Result<Vec<TimerRecord>, StoreError> {
        Ok(self.state()?.timers.of(saga, id).map(|(_, record)| record.clone()).collect())
    }
}

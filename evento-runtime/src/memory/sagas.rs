//! Saga states.

use std::{collections::BTreeMap, ops::Bound};

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::store::{SagaCount, SagaId, SagaRecord, SagaStore, StoreError};

#[async_trait]
impl SagaStore for MemoryStore {
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let state = self.state()?;
        let key = (saga.to_owned(), association.to_owned(), value.to_owned());
        let ids = state.associations.get(&key);
        let found = ids.into_iter().flatten().filter_map(|id| state.sagas.get(&(saga.to_owned(), *id)));
        Ok(found.cloned().collect())
    }

    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError> {
        Ok(self.state()?.sagas.get(&(saga.to_owned(), id)).cloned())
    }

    async fn count_sagas(&self) -> Result<Vec<SagaCount>, StoreError> {
        let mut counts: BTreeMap<(String, u32), u64> = BTreeMap::new();
        for ((saga, _), record) in &self.state()?.sagas {
            *counts.entry((saga.clone(), record.code_version)).or_default() += 1;
        }
        let count = |((saga, code_version), live)| SagaCount { saga, code_version, live };
        Ok(counts.into_iter().map(count).collect())
    }

    async fn list_sagas(
        &self,
        saga: &str,
        after: Option<SagaId>,
        limit: usize,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let state = self.state()?;
        let from = match after {
            Some(after) => Bound::Excluded((saga.to_owned(), after)),
            None => Bound::Included((saga.to_owned(), SagaId(Uuid::nil()))),
        };
        let found = state.sagas.range((from, Bound::Unbounded)).take_while(|((name, _), _)| name == saga);
        Ok(found.take(limit).map(|(_, record)| record.clone()).collect())
    }
}

impl State {
    pub(super) fn put_saga(&mut self, record: SagaRecord) {
        self.delete_saga(&record.saga, record.id);
        for (field, value) in &record.associations {
            let key = (record.saga.clone().into_owned(), field.clone().into_owned(), value.clone());
            self.associations.entry(key).or_default().insert(record.id);
        }
        self.sagas.insert((record.saga.clone().into_owned(), record.id), record);
    }

    pub(super) fn delete_saga(&mut self, saga: &str, id: SagaId) {
        let Some(record) = self.sagas.remove(&(saga.to_owned(), id)) else { return };
        for (field, value) in record.associations {
            let key = (saga.to_owned(), field.into_owned(), value);
            if let Some(ids) = self.associations.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.associations.remove(&key);
                }
            }
        }
    }
}

//! What an operator does to a consumer.

use std::{collections::BTreeMap, ops::Bound};

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::{
    message::Position,
    store::{ConsumerId, ConsumerRecord, Interventions, ReplayCommands, Skip, StoreError, kept_reason},
};

impl MemoryStore {
    /// Changes the record of a consumer, unless the change says that there is nothing to change. Whoever waits is told.
    fn intervene(
        &self,
        consumer: &ConsumerId,
        change: impl FnOnce(&mut ConsumerRecord, &mut Skips) -> bool,
    ) -> Result<bool, StoreError> {
        let mut guard = self.state()?;
        let State { consumers, skips, .. } = &mut *guard;
        let changed = consumers.get_mut(consumer).is_some_and(|record| change(record, skips));
        self.inner.leases.send_modify(|count| *count += 1);
        Ok(changed)
    }
}

type Skips = BTreeMap<(ConsumerId, Position), Skip>;

/// Takes a consumer from whoever has it.
fn fence(record: &mut ConsumerRecord) {
    (record.epoch, record.owner) = (record.epoch + 1, None);
    record.token = Uuid::from_u128(fastrand::u128(..));
}

#[async_trait]
impl Interventions for MemoryStore {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        self.intervene(consumer, |record, _| {
            (record.paused, record.pause_reason) = (paused, None);
            true
        })
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        self.intervene(consumer, |record, _| {
            (record.paused, record.pause_reason) = (true, Some(kept_reason(reason).to_owned()));
            true
        })
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        self.intervene(consumer, |record, _| {
            fence(record);
            record.replay_until = record.replay_until.max(record.checkpoint);
            (record.checkpoint, record.replay) = (to, replay);
            record.resets += 1;
            true
        })
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        self.intervene(&skip.consumer, |record, skips| {
            let is_ahead = record.checkpoint < skip.position;
            if is_ahead {
                fence(record);
                skips.insert((skip.consumer.clone(), skip.position), skip.clone());
            }
            is_ahead
        })
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        let state = self.state()?;
        let from = Bound::Excluded((consumer.clone(), after));
        let found = state.skips.range((from, Bound::Unbounded));
        let found = found.take_while(|((owner, _), _)| owner == consumer);
        Ok(found.map(|(_, skip)| skip.clone()).collect())
    }
}

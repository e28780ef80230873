//! What an operator does to a consumer.

use std::ops::Bound;

use async_trait::async_trait;
use uuid::Uuid;

use super::MemoryStore;
use crate::{
    message::Position,
    store::{ConsumerId, ConsumerRecord, Interventions, ReplayCommands, Skip, StoreError},
};

impl MemoryStore {
    /// Changes a record, and takes the consumer from whoever has it.
    fn take_from_owner(
        &self,
        consumer: &ConsumerId,
        change: impl FnOnce(&mut ConsumerRecord),
    ) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let Some(record) = state.consumers.get_mut(consumer) else { return Ok(false) };
        (record.epoch, record.owner) = (record.epoch + 1, None);
        record.token = Uuid::from_u128(fastrand::u128(..));
        change(record);
        self.inner.leases.send_modify(|count| *count += 1);
        Ok(true)
    }
}

#[async_trait]
impl Interventions for MemoryStore {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let pause = |record: &mut ConsumerRecord| (record.paused, record.pause_reason) = (paused, None);
        Ok(state.consumers.get_mut(consumer).map(pause).is_some())
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let reason = Some(reason.to_owned());
        let pause = |record: &mut ConsumerRecord| (record.paused, record.pause_reason) = (true, reason);
        Ok(state.consumers.get_mut(consumer).map(pause).is_some())
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        self.take_from_owner(consumer, |record| {
            record.replay_until = record.replay_until.max(record.checkpoint);
            (record.checkpoint, record.replay) = (to, replay);
            record.resets += 1;
        })
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        if !self.state()?.consumers.contains_key(&skip.consumer) {
            return Ok(false);
        }
        self.state()?.skips.insert((skip.consumer.clone(), skip.position), skip.clone());
        self.take_from_owner(&skip.consumer, |_| {})
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        let state = self.state()?;
        let from = Bound::Excluded((consumer.clone(), after));
        let found = state.skips.range((from, Bound::Unbounded));
        let found = found.take_while(|((owner, _), _)| owner == consumer);
        Ok(found.map(|(_, skip)| skip.clone()).collect())
    }
}

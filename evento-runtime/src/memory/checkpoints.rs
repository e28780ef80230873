//! Checkpoints and claims.

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State, transaction::MemoryTransaction};
use crate::{
    message::Position,
    store::{
        CheckpointStore, Claim, ConsumerId, ConsumerRecord, FirstStart, NewConsumer, NodeId, StoreError,
    },
};

#[async_trait]
impl CheckpointStore for MemoryStore {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        let state = self.state()?;
        Ok(state.consumers.get(consumer).map(|record| state.seen(record)))
    }

    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError> {
        let state = self.state()?;
        Ok(state.consumers.values().map(|record| state.seen(record)).collect())
    }

    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError> {
        let (epoch, token) = (0, Uuid::nil());
        let claim = Claim { consumer: consumer.clone(), epoch, token, checkpoint: Position::START };
        // One transaction at a time: nobody else can create it while this one is open.
        let transaction = MemoryTransaction::begin(self.clone(), claim, Some(code_version)).await?;
        let checkpoint = {
            let state = self.state()?;
            if state.consumers.contains_key(consumer) {
                return Ok(None);
            }
            match first_start {
                FirstStart::Beginning => Position::START,
                FirstStart::Head => state.head(),
            }
        };
        Ok(Some(NewConsumer { checkpoint, transaction: Box::new(transaction) }))
    }

    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        state.bury(node);
        let State { consumers, nodes, .. } = state;
        let free = |record: &&mut ConsumerRecord| {
            let vacant = record.owner.is_none_or(|owner| owner == node || !nodes.contains_key(&owner));
            record.code_version < code_version || record.code_version == code_version && vacant
        };
        Ok(consumers.get_mut(consumer).filter(free).map(|record| {
            record.owner = Some(node);
            record.epoch += 1;
            record.token = Uuid::from_u128(fastrand::u128(..));
            record.code_version = code_version;
            let ConsumerRecord { epoch, token, checkpoint, .. } = *record;
            Claim { consumer: consumer.clone(), epoch, token, checkpoint }
        }))
    }
}

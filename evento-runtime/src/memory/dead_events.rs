//! Dead events.

use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    message::Position,
    store::{ConsumerId, DeadEvent, DeadEventStore, StoreError},
};

#[async_trait]
impl DeadEventStore for MemoryStore {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let state = self.state()?;
        let from = Bound::Included((consumer.clone(), Position(after.0.saturating_add(1)), String::new()));
        let found = state.dead_events.range((from, Bound::Unbounded));
        let found = found.take_while(|((owner, ..), _)| owner == consumer).take(limit);
        Ok(found.map(|(_, event)| event.clone()).collect())
    }
}

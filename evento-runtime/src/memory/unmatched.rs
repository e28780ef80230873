//! Unmatched events.

use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    message::Position,
    store::{StoreError, UnmatchedEvent, UnmatchedEventStore},
};

#[async_trait]
impl UnmatchedEventStore for MemoryStore {
    async fn unmatched_events(
        &self,
        saga: &str,
        after: Position,
        limit: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError> {
        let state = self.state()?;
        let from = Bound::Excluded((saga.to_owned(), after));
        let found = state.unmatched.range((from, Bound::Unbounded)).take_while(|((name, _), _)| name == saga);
        Ok(found.take(limit).map(|(_, event)| event.clone()).collect())
    }

    async fn dismiss_unmatched(&self, saga: &str, position: Position) -> Result<bool, StoreError> {
        Ok(self.state()?.unmatched.remove(&(saga.to_owned(), position)).is_some())
    }
}

//! Counting what readers are not given.

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    message::Position,
    store::{LogAudit, LogFilter, StoreError},
};

#[async_trait]
impl LogAudit for MemoryStore {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        let state = self.state()?;
        let from = usize::try_from(after.0).unwrap_or(usize::MAX);
        let range = state.events.iter().skip(from).take_while(|event| event.position <= until);
        let left_out =
            range.filter(|event| state.purged.contains(&event.position) || !filter.passes(&event.message));
        Ok(left_out.count() as u64)
    }
}

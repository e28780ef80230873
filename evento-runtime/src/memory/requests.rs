//! What is asked of dead events.

use std::cmp::Reverse;

use async_trait::async_trait;
use uuid::Uuid;

use super::{MemoryStore, State};
use crate::store::{
    ConsumerId, DeadEventRequest, REMEMBERED, RequestAnswer, RequestKind, RequestStore, StoreError,
};

impl State {
    pub(super) fn answer(&mut self, consumer: &ConsumerId, id: Uuid, answer: RequestAnswer) {
        if let Some(request) = self.requests.get_mut(&(consumer.clone(), id)) {
            request.answer.get_or_insert(answer);
        }
    }

    /// The request of a consumer that nobody has answered.
    pub(super) fn open_request(&self, consumer: &ConsumerId) -> Option<Uuid> {
        let open = self.requests.values().find(|one| one.consumer == *consumer && one.answer.is_none());
        open.map(|request| request.id)
    }
}

#[async_trait]
impl RequestStore for MemoryStore {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let consumer = &request.consumer;
        if state.requests.contains_key(&(consumer.clone(), request.id)) {
            return Ok(true);
        }
        if !state.consumers.contains_key(consumer) || state.open_request(consumer).is_some() {
            return Ok(false);
        }
        let until = request.at.as_millis().saturating_sub(REMEMBERED);
        state.requests.retain(|(of, _), one| {
            let is_old = one.answer.as_ref().is_some_and(|answer| answer.at.as_millis() < until);
            !(of == consumer && one.kind == RequestKind::Replay && is_old)
        });
        state.requests.insert((consumer.clone(), request.id), request.clone());
        self.inner.leases.send_modify(|count| *count += 1);
        Ok(true)
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        Ok(self.state()?.requests.get(&(consumer.clone(), id)).cloned())
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        limit: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        let state = self.state()?;
        let of = |one: &&DeadEventRequest| one.consumer == *consumer && one.kind == kind;
        let mut found: Vec<_> =
            state.requests.values().filter(of).filter(|one| one.answer.is_some()).cloned().collect();
        found.sort_by_key(|one| (Reverse(one.answer.as_ref().map(|answer| answer.at)), one.id));
        found.truncate(limit);
        Ok(found)
    }
}

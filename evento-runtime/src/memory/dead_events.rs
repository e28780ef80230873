//! Dead events.

use std::ops::Bound;

use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::{
    message::Position,
    store::{ConsumerId, DeadEvent, DeadEventPlace, DeadEventStore, StoreError},
};

/// A change of the dead events of a consumer, in the order in which it was made.
#[derive(Clone)]
pub(super) enum DeadChange {
    Park(DeadEvent),
    Unpark(DeadEventPlace),
}

impl State {
    pub(super) fn change_dead_events(&mut self, consumer: &ConsumerId, change: DeadChange) {
        match change {
            DeadChange::Park(event) => {
                let place = (event.consumer.clone(), event.position, event.key.clone());
                match self.dead_events.get_mut(&place) {
                    Some(there) if event.error.is_some() || there.timer.is_some() => {
                        *there = DeadEvent { first_at: there.first_at, ..event };
                    }
                    Some(_) => {}
                    None => drop(self.dead_events.insert(place, event)),
                }
            }
            DeadChange::Unpark(place) => {
                self.dead_events.remove(&(consumer.clone(), place.position, place.key));
            }
        }
    }

    fn dead_events_of(
        &self,
        consumer: &ConsumerId,
        from: Bound<(ConsumerId, Position, String)>,
    ) -> impl Iterator<Item = &DeadEvent> {
        let found = self.dead_events.range((from, Bound::Unbounded));
        found.take_while(move |((owner, ..), _)| owner == consumer).map(|(_, event)| event)
    }

    /// Whether no event is put aside under a key, as a transaction sees it that makes these changes.
    pub(super) fn key_is_open(&self, consumer: &ConsumerId, key: &str, changes: &[DeadChange]) -> bool {
        let start = Bound::Included((consumer.clone(), Position::START, String::new()));
        let stored = self.dead_events_of(consumer, start).filter(|event| event.key == key);
        let mut left: std::collections::BTreeSet<_> = stored.map(|event| event.position).collect();
        for change in changes {
            match change {
                DeadChange::Park(event) if event.key == key => drop(left.insert(event.position)),
                DeadChange::Unpark(place) if place.key == key => drop(left.remove(&place.position)),
                DeadChange::Park(_) | DeadChange::Unpark(_) => {}
            }
        }
        left.is_empty()
    }
}

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
        Ok(state.dead_events_of(consumer, from).take(limit).cloned().collect())
    }

    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let state = self.state()?;
        let from = match after {
            Some(place) => Bound::Excluded((consumer.clone(), place.position, place.key.clone())),
            None => Bound::Included((consumer.clone(), Position::START, String::new())),
        };
        let found = state.dead_events_of(consumer, from);
        let found = found.filter(|event| key.is_none_or(|key| event.key == key));
        Ok(found.take(limit).cloned().collect())
    }
}

//! Forgetting deleted aggregates and old entries of the ledger.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::{MemoryStore, State};
use crate::{
    message::{CommandId, EventMessage, Metadata, Position, StoredEvent, StreamId, Timestamp},
    store::{Horizon, LedgerOutcome, PurgeStep, Retention, StoreError},
};

#[async_trait]
impl Retention for MemoryStore {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        Ok(self.state()?.horizon())
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        limit: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        let mut state = self.state()?;
        let horizon = state.horizon().position;
        let mut closed: Vec<(Position, StreamId)> = state
            .streams
            .iter()
            .filter(|(_, stream)| stream.closed && !stream.purged)
            .filter_map(|(id, stream)| Some((*stream.positions.last()?, id.clone())))
            .filter(|(position, _)| *position > after && *position <= horizon)
            .filter(|(position, _)| {
                state.event(*position).is_some_and(|event| event.message.timestamp < closed_before)
            })
            .collect();
        closed.sort_unstable_by_key(|(position, _)| *position);
        closed.truncate(limit.max(1));
        let next = closed.last().map(|(position, _)| *position).filter(|_| closed.len() == limit.max(1));
        for (_, stream) in &closed {
            state.purge(stream)?;
        }
        let count = closed.len() as u64;
        Ok(PurgeStep { looked_at: count, purged: count, next })
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        limit: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        let horizon = state.horizon().position;
        let behind = |command: &&CommandId| after.is_none_or(|after| **command > after);
        let mut page: Vec<CommandId> = state.ledger.keys().filter(behind).copied().collect();
        page.sort_unstable();
        page.truncate(limit.max(1));
        let mut gone = HashSet::new();
        for command in &page {
            let Some(entry) = state.ledger.get(command) else { continue };
            let written_at = match entry.outcome {
                LedgerOutcome::Accepted { first, .. } => Some(first),
                LedgerOutcome::Rejected { .. } => state.rejected_at.get(command).copied(),
            };
            if entry.recording.at < handled_before && written_at.is_some_and(|at| at <= horizon) {
                state.ledger.remove(command);
                state.rejected_at.remove(command);
                gone.insert(*command);
            }
        }
        if !gone.is_empty() {
            state.rejections.retain(|_, commands| {
                commands.retain(|command| !gone.contains(command));
                !commands.is_empty()
            });
        }
        let next = page.last().copied().filter(|_| page.len() == limit.max(1));
        Ok(PurgeStep { looked_at: page.len() as u64, purged: gone.len() as u64, next })
    }
}

impl State {
    fn horizon(&self) -> Horizon {
        let head = self.head();
        let done = self.consumers.values().map(|record| {
            let dead = self.dead_events.keys().filter(|(consumer, ..)| *consumer == record.consumer);
            let first_dead = dead.map(|(_, position, _)| Position(position.0.saturating_sub(1))).min();
            (first_dead.map_or(record.checkpoint, |dead| dead.min(record.checkpoint)), &record.consumer)
        });
        let last = done.min_by_key(|(done, _)| *done);
        Horizon::new(head, last.map(|(position, consumer)| (position, consumer.clone())))
    }

    /// Leaves nothing but tombstones of a stream.
    fn purge(&mut self, id: &StreamId) -> Result<(), StoreError> {
        let nothing = || {
            RawValue::from_string("null".to_owned()).map_err(|error| StoreError::Failed {
                reason: "making a tombstone".to_owned(),
                source: Some(error.into()),
            })
        };
        let Some(stream) = self.streams.get_mut(id) else { return Ok(()) };
        stream.purged = true;
        for position in &stream.positions {
            let index = usize::try_from(position.0 - 1).unwrap_or(usize::MAX);
            if let Some(event) = self.events.get_mut(index) {
                let message =
                    EventMessage { metadata: Metadata::new(), payload: nothing()?, ..event.message.clone() };
                *event = Arc::new(StoredEvent { position: *position, message });
                self.purged.insert(*position);
            }
        }
        self.snapshots.remove(id);
        Ok(())
    }
}

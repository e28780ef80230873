//! What is in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::views::ViewTable;
use crate::{
    message::{CommandId, MessageId, Position, StoredEvent, StreamId},
    store::{
        ConsumerId, ConsumerRecord, DeadEvent, LedgerEntry, SagaId, SagaRecord, Snapshot, StreamState, ViewId,
    },
};

/// One stream: where its events are in the log.
#[derive(Default)]
pub(super) struct Stream {
    /// Version n stands at n - 1.
    pub(super) positions: Vec<Position>,
    pub(super) closed: bool,
}

impl Stream {
    pub(super) fn state(&self) -> StreamState {
        StreamState { version: self.positions.len() as u64, closed: self.closed }
    }
}

/// Everything, under one lock.
#[derive(Default)]
pub(super) struct State {
    /// Position n stands at n - 1.
    pub(super) events: Vec<Arc<StoredEvent>>,
    pub(super) streams: HashMap<StreamId, Stream>,
    pub(super) ledger: HashMap<CommandId, LedgerEntry>,
    /// The rejections by their cause.
    pub(super) rejections: HashMap<MessageId, Vec<CommandId>>,
    pub(super) snapshots: HashMap<StreamId, Snapshot>,
    pub(super) consumers: BTreeMap<ConsumerId, ConsumerRecord>,
    pub(super) sagas: BTreeMap<(String, SagaId), SagaRecord>,
    /// The sagas by name, field and value of their associations.
    pub(super) associations: HashMap<(String, String, String), std::collections::BTreeSet<SagaId>>,
    pub(super) views: HashMap<ViewId, ViewTable>,
    pub(super) dead_events: BTreeMap<(ConsumerId, Position), DeadEvent>,
    pub(super) closed: bool,
}

impl State {
    pub(super) fn head(&self) -> Position {
        Position(self.events.len() as u64)
    }

    /// The event of a position.
    pub(super) fn event(&self, position: Position) -> Option<&Arc<StoredEvent>> {
        let index = usize::try_from(position.0.checked_sub(1)?).ok()?;
        self.events.get(index)
    }
}

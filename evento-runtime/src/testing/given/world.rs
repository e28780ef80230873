//! The world of a test: its time, its identities, and what messages say beside their payloads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use uuid::Uuid;

use super::list::OneOf;
use crate::{
    clock::{Clock, IdSource, ManualClock},
    message::{
        CommandId, CommandMessage, Context, EventMessage, MessageId, Metadata, Position, QueryMessage,
        StoredEvent, StreamId, Timestamp,
    },
};

/// Identities that are counted, from 1. The clones count together.
#[derive(Clone, Default)]
pub(super) struct CountedIds {
    behind: u128,
    count: Arc<AtomicU64>,
}

impl CountedIds {
    /// Identities that no other test has, for a store that may have those of others.
    pub(super) fn of_its_own() -> Self {
        let behind = Uuid::now_v7().as_u128() >> 32 << 32;
        Self { behind, count: Arc::default() }
    }
}

impl IdSource for CountedIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.behind + u128::from(self.count.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// The world of a test. The clones share time, identities and the log.
#[derive(Clone)]
pub(super) struct World {
    pub(super) clock: ManualClock,
    pub(super) ids: CountedIds,
    /// How many events there are in the log.
    positions: Arc<AtomicU64>,
    pub(super) metadata: Metadata,
    pub(super) context: Context,
    /// Where events come from that say nothing else.
    pub(super) stream: StreamId,
    /// The bundle to which the component belongs.
    pub(super) bundle: String,
    /// The id of the next event that happens.
    pub(super) next_event_id: Option<MessageId>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            clock: ManualClock::at(Timestamp::from_millis(0)),
            ids: CountedIds::default(),
            positions: Arc::default(),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            stream: StreamId::new("given", "1"),
            bundle: "test".to_owned(),
            next_event_id: None,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The name of a component within its bundle, as in an application.
    pub(super) fn qualified(&self, name: &str) -> String {
        format!("{}/{name}", self.bundle)
    }

    /// An event of a stream, as the command of this id decides it now.
    pub(super) fn event(
        &self,
        one: &OneOf,
        (stream, version): (&StreamId, u64),
        decided_by: Option<&CommandMessage>,
    ) -> EventMessage {
        let id = MessageId(self.ids.next());
        EventMessage {
            id,
            stream: stream.clone(),
            version,
            name: one.meta.name.into(),
            payload_version: one.version,
            correlation_id: decided_by.map_or(id, |command| command.correlation_id),
            causation_id: decided_by.map_or(id, |command| command.id.into()),
            timestamp: self.now(),
            metadata: decided_by.map_or(&self.metadata, |command| &command.metadata).clone(),
            context: decided_by.map_or(&self.context, |command| &command.context).clone(),
            payload: one.json.clone(),
        }
    }

    /// The same with the next place in the log.
    pub(super) fn placed(&self, message: EventMessage) -> StoredEvent {
        let before = self.positions.fetch_add(1, Ordering::Relaxed);
        StoredEvent { position: Position(before + 1), message }
    }

    /// An event that has happened, in the log, as the first one of its stream.
    pub(super) fn stored(&mut self, one: &OneOf) -> StoredEvent {
        let mut event = self.event(one, (&self.stream, 1), None);
        if let Some(id) = self.next_event_id.take() {
            (event.id, event.correlation_id, event.causation_id) = (id, id, id);
        }
        self.placed(event)
    }

    /// A command that somebody sends from outside.
    pub(super) fn command(&self, one: &OneOf, id: Option<CommandId>) -> CommandMessage {
        let id = id.unwrap_or_else(|| CommandId(self.ids.next()));
        CommandMessage {
            id,
            name: one.meta.name.into(),
            correlation_id: id.into(),
            causation_id: id.into(),
            timestamp: self.now(),
            metadata: self.metadata.clone(),
            context: self.context.clone(),
            payload: one.json.clone(),
        }
    }

    /// A query that somebody asks from outside.
    pub(super) fn query(&self, one: &OneOf) -> QueryMessage {
        let id = MessageId(self.ids.next());
        QueryMessage {
            id,
            name: one.meta.name.into(),
            correlation_id: id,
            causation_id: id,
            timestamp: self.now(),
            metadata: self.metadata.clone(),
            payload: one.json.clone(),
        }
    }
}

//! The events that writers store: each says from which sending it comes and which one of it it is.

use std::{borrow::Cow, sync::Arc};

use anyhow::{Context as _, Result};
use evento_runtime::{
    message::{CommandId, Context, EventMessage, MessageId, Metadata, StoredEvent, StreamId, Timestamp},
    store::{Append, Expected, Recording},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The stored names of events. Some readers want only those of the first name.
pub(crate) const NAMES: [&str; 2] = ["Placed", "Changed"];

/// What an event carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The sending of its command.
    pub(crate) sending: Uuid,
    /// Its number in the command, from 1.
    pub(crate) number: u32,
    /// How many events the command has.
    pub(crate) of: u32,
    /// Whether its stream ends with it.
    pub(crate) closes: bool,
}

impl Payload {
    /// Of a stored event.
    pub(crate) fn read(event: &StoredEvent) -> Result<Self> {
        let text = event.message.payload.get();
        serde_json::from_str(text).with_context(|| format!("the payload at position {}", event.position))
    }
}

/// An append with so many events, which have a padding so that they are not all of one size.
pub(super) fn append(command: Uuid, sending: Uuid, stream: &str, count: u32, closes: bool) -> Append {
    let command = CommandId(command);
    let stream = StreamId::new("Order", Arc::<str>::from(stream));
    let events = (1..=count).map(|number| {
        let payload = Payload { sending, number, of: count, closes: closes && number == count };
        event(command, &stream, &payload)
    });
    Append {
        expected: Expected::Any,
        command,
        recording: Recording {
            name: "Place".to_owned(),
            digest: sending.as_u64_pair().0,
            cause: None,
            at: Timestamp::from_millis(1),
        },
        events: events.collect(),
        closes: closes && count > 0,
        stream,
    }
}

fn event(command: CommandId, stream: &StreamId, payload: &Payload) -> EventMessage {
    let name = NAMES[usize::from(payload.number.is_multiple_of(2))];
    EventMessage {
        id: MessageId(Uuid::now_v7()),
        stream: stream.clone(),
        version: 0,
        name: Cow::Borrowed(name),
        payload_version: 1,
        correlation_id: command.into(),
        causation_id: command.into(),
        timestamp: Timestamp::from_millis(1),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: serde_json::to_string(payload)
            .and_then(RawValue::from_string)
            .expect("numbers, ids and truths are JSON"),
    }
}

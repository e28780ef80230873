//! What a component has sent and asked.

use serde_json::{Value, value::RawValue};

use super::list::parsed;
use crate::{
    capability::{OutgoingCommand, OutgoingQuery},
    message::{CommandMessage, QueryMessage},
    payload::{Command, Query},
};

/// A command that the component under test has sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The envelope, with its id (derived as in an application, but for the id of the bundle), its metadata and its context.
    pub message: CommandMessage,
    /// The aggregate's id, or the lock id of a service command.
    pub target: Option<String>,
}

impl Sent {
    pub(super) fn of(command: &OutgoingCommand) -> Self {
        Self { message: command.message.clone(), target: command.target.clone() }
    }

    /// The payload, if it is a `C`.
    #[must_use]
    pub fn command<C: Command>(&self) -> Option<C> {
        read(C::META.is_called(&self.message.name), &self.message.payload)
    }

    /// Stored name and payload.
    pub(super) fn told(&self) -> (String, Value) {
        (self.message.name.clone().into_owned(), parsed(&self.message.payload))
    }
}

/// A query that the component under test has asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The envelope.
    pub message: QueryMessage,
}

impl Asked {
    pub(super) fn of(query: &OutgoingQuery) -> Self {
        Self { message: query.message.clone() }
    }

    /// The payload, if it is a `Q`.
    #[must_use]
    pub fn query<Q: Query>(&self) -> Option<Q> {
        read(Q::META.is_called(&self.message.name), &self.message.payload)
    }

    /// Stored name and payload.
    pub(super) fn told(&self) -> (String, Value) {
        (self.message.name.clone().into_owned(), parsed(&self.message.payload))
    }
}

fn read<P: serde::de::DeserializeOwned>(is_one: bool, json: &RawValue) -> Option<P> {
    is_one.then(|| serde_json::from_str(json.get()).ok()).flatten()
}

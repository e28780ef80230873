//! The static description of a component and its handlers.

use std::any::Any;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Constructor;
use crate::{
    error::Error,
    handler::{Decided, Incoming, Run, Uses},
    payload::{PayloadMeta, SourceLocation, shape::Wire},
};

/// The kinds of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// Decides domain commands.
    Aggregate,
    /// Handles service commands.
    Service,
    /// Writes read models.
    Projector,
    /// Answers queries.
    Projection,
    /// Reacts to events.
    Observer,
    /// Reacts to events with a memory.
    Saga,
    /// The way in for callers.
    Invoker,
}

impl ComponentKind {
    /// How the kind is called in a sentence.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Service => "service",
            Self::Projector => "projector",
            Self::Projection => "projection",
            Self::Observer => "observer",
            Self::Saga => "saga",
            Self::Invoker => "invoker",
        }
    }

    /// Whether components of this kind handle commands.
    #[must_use]
    pub const fn handles_commands(self) -> bool {
        matches!(self, Self::Aggregate | Self::Service)
    }

    /// Whether components of this kind read the log.
    #[must_use]
    pub const fn is_consumer(self) -> bool {
        matches!(self, Self::Projector | Self::Observer | Self::Saga)
    }
}

/// What is known of a component.
pub struct ComponentMeta {
    /// The stored name.
    pub name: &'static str,
    /// Which kind of component.
    pub kind: ComponentKind,
    /// The version of a projector, observer or saga; 0 for the others.
    pub version: u32,
    /// Its handlers, in the order in which they are written.
    pub handlers: &'static [HandlerMeta],
    /// The projectors whose tables a projection over SQL reads.
    pub reads: &'static [&'static Self],
    /// What the kind needs beside handlers.
    pub body: ComponentBody,
    /// Where it is written.
    pub source: SourceLocation,
}

/// What a kind of component needs beside its handlers.
pub enum ComponentBody {
    /// An aggregate's state.
    Aggregate(AggregateBody),
    /// A saga's state.
    Saga(SagaBody),
    /// One instance for the life of the application, built at start.
    Instance(Constructor),
}

/// How a state becomes JSON and back, for a type that the runtime does not know.
#[derive(Clone, Copy)]
pub struct StateCodec {
    /// Writes a state. Fails as serde does, or when the value is of another type.
    pub encode: fn(&(dyn Any + Send + Sync)) -> Result<Box<RawValue>, serde_json::Error>,
    /// Reads a state.
    pub decode: fn(&RawValue) -> Result<Box<dyn Any + Send + Sync>, serde_json::Error>,
    /// Shows a state by its `Debug`, for tests; `None` when it has none, or is of another type.
    pub debug: fn(&(dyn Any + Send + Sync)) -> Option<String>,
}

impl StateCodec {
    /// The codec of a type.
    #[must_use]
    pub const fn of<S>() -> Self
    where
        S: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    {
        Self {
            encode: |state| match state.downcast_ref::<S>() {
                Some(state) => serde_json::value::to_raw_value(state),
                None => Err(serde::ser::Error::custom("a state of another type")),
            },
            decode: |json| Ok(Box::new(serde_json::from_str::<S>(json.get())?)),
            debug: |_| None,
        }
    }
}

/// What an aggregate needs beside its handlers.
pub struct AggregateBody {
    /// How its state is stored.
    pub codec: StateCodec,
    /// A snapshot is kept after so many events; `None` for never.
    pub snapshot_every: Option<u32>,
    /// Stands for the state's definition, the sourcing handlers and the user's `snapshot_version`.
    pub snapshot_hash: u64,
}

/// What a saga needs beside its handlers.
pub struct SagaBody {
    /// How its state is stored.
    pub codec: StateCodec,
    /// The fields by which events find it, with their values as text; empty for a value of another type.
    pub associations: fn(&(dyn Any + Send + Sync)) -> Vec<(&'static str, String)>,
    /// Whether an event for a saga that does not exist is listed, and not only counted.
    pub strict: bool,
    /// The oldest version whose live sagas this one continues; `None` for its own only.
    pub adopts: Option<u32>,
    /// What the JSON of its state is like.
    pub wire: Wire,
}

impl SagaBody {
    /// Whether code of this description, in version `running`, goes on with a saga that was last saved by `version`.
    #[must_use]
    pub fn continues(&self, running: u32, version: u32) -> bool {
        version == running || (version < running && self.adopts.is_some_and(|oldest| version >= oldest))
    }
}

/// The kinds of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerKind {
    /// Decides a domain command.
    AggregateCommand,
    /// Applies a domain event to the state.
    EventSourcing,
    /// Handles a service command.
    Command,
    /// Handles an event in a projector or observer.
    Event,
    /// Handles an event in a saga.
    SagaEvent,
    /// Handles a deadline of a saga.
    SagaDeadline,
    /// Answers a query.
    Query,
    /// Called from outside.
    Invocation,
    /// Sets up the tables of a projector.
    Setup,
}

impl HandlerKind {
    /// Whether handlers of this kind handle commands.
    #[must_use]
    pub const fn is_command(self) -> bool {
        matches!(self, Self::AggregateCommand | Self::Command)
    }
}

/// How a handler takes `self`, which is the life cycle of an aggregate or a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    /// No receiver: starts a life.
    None,
    /// `&self`: reads.
    Ref,
    /// `&mut self`: goes on living, changed.
    Mut,
    /// `self`: ends the life.
    Owned,
}

/// How a failed handler of a consumer is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// How often it is tried again, 0..=100.
    pub times: u32,
    /// The wait before the first repetition in milliseconds; it doubles with each.
    pub delay_ms: u32,
}

impl Retry {
    /// What a handler has that says nothing: five times, from 100 ms on.
    pub const DEFAULT: Self = Self { times: 5, delay_ms: 100 };
}

/// How an event finds the sagas that it concerns.
#[derive(Clone, Copy)]
pub struct Association {
    /// The field of the saga's state.
    pub name: &'static str,
    /// The value in the event, as text; `None` when the event has none. Fails when the event cannot be decoded.
    pub value: for<'i> fn(&Incoming<'i>) -> Result<Option<String>, Error>,
}

/// What is known of a handler.
pub struct HandlerMeta {
    /// The name of the method.
    pub name: &'static str,
    /// Which kind of handler.
    pub kind: HandlerKind,
    /// What it handles; `None` for invocations and setup.
    pub payload: Option<&'static PayloadMeta>,
    /// How it takes `self`.
    pub receiver: Receiver,
    /// What its parameters are and allow, in their order, without receiver and payload.
    pub params: &'static [Uses],
    /// The events that it may return.
    pub decides: Decided,
    /// How events find the saga.
    pub association: Option<Association>,
    /// How it is repeated after a failure.
    pub retry: Retry,
    /// The executor on which it runs; `None` for that of its consumer.
    pub executor: Option<&'static str>,
    /// The handler itself.
    pub run: Run,
    /// Where it is written.
    pub source: SourceLocation,
}

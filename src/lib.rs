//! Annotate structs and `impl` blocks, get an event-sourced CQRS application with sagas.
//!
//! A person writes plain structs and `impl` blocks and puts an attribute on each. The attributes generate handler registries
//! and payload routing at compile time, `bundle!` lets the compiler check the whole graph of commands, events, queries and
//! views, and a small runtime on tokio runs it against a state store that is one line of configuration.
//!
//! ```
//! use evento::prelude::*;
//!
//! #[domain_command]
//! struct Greet {
//!     #[aggregate_id]
//!     name: String,
//! }
//!
//! #[domain_event]
//! struct Greeted {
//!     times: u32,
//! }
//!
//! #[aggregate_state]
//! struct Guest {
//!     times: u32,
//! }
//!
//! #[aggregate]
//! impl Guest {
//!     #[aggregate_command_handler]
//!     fn first(_command: Greet) -> Greeted {
//!         Greeted { times: 1 }
//!     }
//!
//!     #[aggregate_command_handler]
//!     fn again(&self, _command: Greet) -> Greeted {
//!         Greeted { times: self.times + 1 }
//!     }
//!
//!     #[event_sourcing_handler]
//!     fn met(event: &Greeted) -> Self {
//!         Self { times: event.times }
//!     }
//!
//!     #[event_sourcing_handler]
//!     fn greeted(&mut self, event: &Greeted) {
//!         self.times = event.times;
//!     }
//! }
//!
//! #[derive(Default)]
//! struct Host;
//!
//! #[invoker]
//! impl Host {
//!     #[invocation_handler]
//!     async fn greet(&self, commands: &Commands<Greet>, name: String) -> Result<u32> {
//!         let receipt = commands.send(Greet { name }).await?;
//!         Ok(receipt.event::<Greeted>()?.map_or(0, |greeted| greeted.times))
//!     }
//! }
//!
//! bundle! { GreetingBundle { id: "greeting", version: 1, components: [Guest, Host] } }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let app = GreetingBundle::builder().state_store(evento::memory::MemoryStore::new()).start().await?;
//! let host: evento::Client<Host> = app.invoker();
//! host.greet("Ada".into()).await?;
//! assert_eq!(host.greet("Ada".into()).await?, 2);
//! # Ok(())
//! # }
//! ```
//!
//! Start with the [`prelude`], whose macros document every attribute, and with the examples of the repository.

#[cfg(feature = "archive")]
pub use evento_runtime::archive;
#[cfg(feature = "conformance")]
pub use evento_runtime::conformance;
#[cfg(feature = "mysql")]
pub use evento_runtime::mysql;
#[cfg(feature = "postgres")]
pub use evento_runtime::postgres;
#[cfg(feature = "sqlite")]
pub use evento_runtime::sqlite;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub use evento_runtime::sqlx;
#[cfg(feature = "testing")]
pub use evento_runtime::testing;
pub use evento_runtime::{
    bundle::{
        App, Builder, Bundle, Client, ComponentDescription, ConsumerName, ControlError, DeadEventError,
        DeadEventId, DeadEvents, DeadEventsOf, DeadMessage, DefinedBundle, Description, Discard,
        DiscardedEvent, Edge, EdgeKind, GraphError, GraphFormat, HandlerDescription, Health, Lint, LiveSaga,
        Missing, OrphanedSagas, Orphaning, ParkedEvent, PendingDeadline, ProjectorVersion, Replay, SagaKey,
        Sagas, ShutdownError, StartError, StateDescription, UnknownFormat, Unready, VersionsError, WaitError,
    },
    capability, clock, component, consumer, error,
    error::{Error, Result, Transient, find},
    handler, interceptor, memory, message, metrics, open_store, outcome,
    outcome::{Intercepted, LoadError, QueryError, Receipt, Refusal, Rejection, SendError},
    payload, retention, serde, serde_json, store,
};

#[cfg(any(doc, doctest))]
pub mod guide;

/// What stands behind a [`Client`]: what `#[invoker]` implements, and what the methods of a client do.
pub mod invocation {
    pub use evento_runtime::bundle::{Call, Invoker};
}

#[doc(hidden)]
pub mod __private {
    pub use evento_runtime::{
        bundle::{
            AnyError, Builder, BundleMeta, Call, ClientCore, DefinedBundle, Description, Invoker, NoError,
            OwnError, graph, injected, returned_by,
        },
        capability::{Index, Unindexed},
        component::{
            AggregateBehind, AggregateBody, Association, COMPONENTS, Component, ComponentBody, ComponentKind,
            ComponentMeta, Constructed, Constructor, Consumer, DefaultComponent, Dependency, HandlerKind,
            HandlerMeta, Provided, Provides, Receiver, Retry, SagaBehind, SagaBody, is_association,
        },
        error::Error,
        futures_core::future::BoxFuture,
        handler::{
            AggregateCommandParam, Answers, AssociationValue, Begins, Decided, Decision, Effects, EndsSaga,
            EventReturn, EventSourcingParam, HandledDeadline, HandledDomainCommand, HandledEvent,
            HandledQuery, HandledServiceCommand, HandlerResult, Instance, Invocation, InvokerParam,
            NewEvents, ObserverParam, Outcome, ProjectionParam, ProjectorParam, Run, SagaDeadlineParam,
            SagaParam, SagaStart, ServiceParam, SetupParam, SourcedEvent, Sources, Started, Starts, Unsaid,
            UpcastParam, UpcastReturn, Uses, converted, field_of, state,
        },
        linkme,
        payload::{
            AggregateState, Command, Deadline, DomainCommand, DomainEvent, Event, Evolves, FieldMeta,
            FieldRole, Key, NoUpcasters, Payload, PayloadKey, PayloadKind, PayloadMeta, Query, SagaState,
            ServiceCommand, ServiceEvent, SourceLocation, Upcaster, UpcastersOf, Upcasts, View,
            shape::{FieldSaid, NoShape, Probe, Scalar, Shape, Shapes, Tagging, Type, Wire},
            with_evolutions,
        },
        serde, serde_json,
    };
}

pub use evento_macros::*;

/// Everything an application writes with.
pub mod prelude {
    pub use evento_macros::*;
    pub use evento_runtime::{
        capability::{Asks, Cancels, Commands, Emits, Find, Queries, Schedules, Tables, Timers, Views},
        component::Component,
        error::{Error, Result, Transient},
        handler::ReplayStatus,
        message::{
            CommandId, CommandMessage, Context, EventMessage, MessageId, Metadata, Position, QueryMessage,
            Timestamp,
        },
        outcome::{QueryError, Receipt, SendError},
        store::Page,
    };
}

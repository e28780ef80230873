//! Annotate structs and `impl` blocks, get an event-sourced CQRS application with sagas.

#[cfg(any(doc, doctest))]
pub mod guide;

#[doc(hidden)]
pub mod __private {
    pub use evento_runtime::futures_core::future::BoxFuture;
    pub use evento_runtime::{
        bundle::{Builder, BundleMeta, Call, ClientCore, Invoker, graph, injected},
        capability::Index,
        component::{
            AggregateBody, Association, COMPONENTS, Component, ComponentBody, ComponentKind, ComponentMeta,
            Constructed, Constructor, Consumer, DefaultComponent, Dependency, HandlerKind, HandlerMeta,
            Provided, Receiver, Retry, SagaBody, StateCodec,
        },
        error::Error,
        handler::{
            AggregateCommandParam, Answers, AssociationValue, Begins, Decided, Decision, Effects, EndsSaga,
            EventReturn, EventSourcingParam, HandlerResult, Instance, Invocation, InvokerParam, NewEvents,
            ObserverParam, Outcome, ProjectionParam, ProjectorParam, Run, SagaParam, SagaStart, ServiceParam,
            SetupParam, Sources, Started, Starts, Uses, answered, begun, decided, effected, ended, handled,
            same_association, started, state,
        },
        linkme,
        payload::{
            AggregateState, Command, DomainCommand, DomainEvent, Event, FieldMeta, FieldRole, Key, Payload,
            PayloadKind, PayloadMeta, Query, SagaState, ServiceCommand, ServiceEvent, SourceLocation, View,
        },
        serde, serde_json,
    };
}

/// Everything an application writes with.
pub mod prelude {
    pub use evento_macros::*;
    pub use evento_runtime::{
        capability::{Asks, Commands, Emits, Find, Queries, Tables, Views},
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

//! Annotate structs and `impl` blocks, get an event-sourced CQRS application with sagas.

#[doc(hidden)]
pub mod __private {
    pub use evento_runtime::{
        bundle::{Builder, BundleMeta, Call, ClientCore, Description, Invoker, graph, injected},
        capability::Index,
        component::{
            AggregateBehind, AggregateBody, Association, COMPONENTS, Component, ComponentBody, ComponentKind,
            ComponentMeta, Constructed, Constructor, Consumer, DefaultComponent, Dependency, HandlerKind,
            HandlerMeta, Instance, Provided, Provides, Receiver, Retry, SagaBehind, SagaBody, is_association,
        },
        error::Error,
        futures_core::future::BoxFuture,
        handler::{
            AggregateCommandParam, Answers, AssociationValue, Begins, Decided, Decision, Effects, EndsSaga,
            EventReturn, EventSourcingParam, HandledDomainCommand, HandledEvent, HandledQuery,
            HandledServiceCommand, HandlerResult, Invocation, InvokerParam, NewEvents, ObserverParam,
            Outcome, ProjectionParam, ProjectorParam, Run, SagaParam, SagaStart, ServiceParam, SetupParam,
            SourcedEvent, Sources, Started, Starts, Uses, converted, field_of, state,
        },
        linkme,
        payload::{
            AggregateState, Command, DomainCommand, DomainEvent, Event, FieldMeta, FieldRole, Key, Payload,
            PayloadKind, PayloadMeta, Query, SagaState, ServiceCommand, ServiceEvent, SourceLocation, View,
        },
        serde, serde_json,
    };
}

pub use evento_macros::*;
pub use evento_runtime::{
    bundle::{Client, Description},
    capability, component, error, gateway, handler, message, payload, serde, serde_json, store,
};

/// Everything an application writes with.
pub mod prelude {
    pub use evento_macros::*;
    pub use evento_runtime::{
        capability::{Asks, Commands, Emits, Find, Queries, Tables, Views},
        component::Component,
        error::{Error, Result, Transient},
        gateway::{QueryError, Receipt, SendError},
        handler::ReplayStatus,
        message::{
            CommandId, CommandMessage, Context, EventMessage, MessageId, Metadata, Position, QueryMessage,
            Timestamp,
        },
        store::Page,
    };
}

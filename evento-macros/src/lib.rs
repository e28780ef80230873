//! The attribute macros of evento. Use them through the `evento` crate, which re-exports them.

mod bundle;
mod component;
mod errors;
mod hash;
mod misplaced;
mod options;
mod output;
mod payload;
mod shape;
mod suggest;
#[cfg(test)]
mod tests;
mod upcasters;

use proc_macro::TokenStream;

use crate::{component::Method, payload::Kind as Payload};

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(options: TokenStream, item: TokenStream) -> TokenStream {
            payload::attribute(Payload::$kind, options.into(), item.into()).into()
        }
    )*};
}

macro_rules! components {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(options: TokenStream, item: TokenStream) -> TokenStream {
            component::attribute(component::Kind::$kind, options.into(), item.into()).into()
        }
    )*};
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(_options: TokenStream, item: TokenStream) -> TokenStream {
            misplaced::method(Method::$method, item.into()).into()
        }
    )*};
}

payloads! {
    #[doc = include_str!("../docs/domain_command.md")]
    domain_command => DomainCommand;
    #[doc = include_str!("../docs/service_command.md")]
    service_command => ServiceCommand;
    #[doc = include_str!("../docs/domain_event.md")]
    domain_event => DomainEvent;
    #[doc = include_str!("../docs/service_event.md")]
    service_event => ServiceEvent;
    #[doc = include_str!("../docs/query.md")]
    query => Query;
    #[doc = include_str!("../docs/view.md")]
    view => View;
    #[doc = include_str!("../docs/deadline.md")]
    deadline => Deadline;
    #[doc = include_str!("../docs/aggregate_state.md")]
    aggregate_state => AggregateState;
    #[doc = include_str!("../docs/saga_state.md")]
    saga_state => SagaState;
}

components! {
    #[doc = include_str!("../docs/aggregate.md")]
    aggregate => Aggregate;
    #[doc = include_str!("../docs/service.md")]
    service => Service;
    #[doc = include_str!("../docs/projector.md")]
    projector => Projector;
    #[doc = include_str!("../docs/projection.md")]
    projection => Projection;
    #[doc = include_str!("../docs/observer.md")]
    observer => Observer;
    #[doc = include_str!("../docs/saga.md")]
    saga => Saga;
    #[doc = include_str!("../docs/invoker.md")]
    invoker => Invoker;
}

methods! {
    #[doc = include_str!("../docs/aggregate_command_handler.md")]
    aggregate_command_handler => AggregateCommandHandler;
    #[doc = include_str!("../docs/event_sourcing_handler.md")]
    event_sourcing_handler => EventSourcingHandler;
    #[doc = include_str!("../docs/command_handler.md")]
    command_handler => CommandHandler;
    #[doc = include_str!("../docs/event_handler.md")]
    event_handler => EventHandler;
    #[doc = include_str!("../docs/saga_event_handler.md")]
    saga_event_handler => SagaEventHandler;
    #[doc = include_str!("../docs/saga_deadline_handler.md")]
    saga_deadline_handler => SagaDeadlineHandler;
    #[doc = include_str!("../docs/query_handler.md")]
    query_handler => QueryHandler;
    #[doc = include_str!("../docs/invocation_handler.md")]
    invocation_handler => InvocationHandler;
    #[doc = include_str!("../docs/inject.md")]
    inject => Inject;
    #[doc = include_str!("../docs/setup.md")]
    setup => Setup;
}

#[doc = include_str!("../docs/shape.md")]
#[proc_macro_derive(Shape, attributes(shape, serde))]
pub fn shape(item: TokenStream) -> TokenStream {
    shape::derive(item.into()).into()
}

#[doc = include_str!("../docs/upcasters.md")]
#[proc_macro_attribute]
pub fn upcasters(options: TokenStream, item: TokenStream) -> TokenStream {
    upcasters::attribute(options.into(), item.into()).into()
}

#[doc = include_str!("../docs/upcast.md")]
#[proc_macro_attribute]
pub fn upcast(_options: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::upcast(item.into()).into()
}

#[doc = include_str!("../docs/bundle.md")]
#[proc_macro]
pub fn bundle(input: TokenStream) -> TokenStream {
    bundle::bundle(input.into()).into()
}

//! The attribute macros of evento. Use them through the `evento` crate, which re-exports them.

mod bundle;
mod component;
mod errors;
mod hash;
mod misplaced;
mod options;
mod output;
mod payload;
mod suggest;

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
    /// x
    domain_command => DomainCommand;
    /// x
    service_command => ServiceCommand;
    /// x
    domain_event => DomainEvent;
    /// x
    service_event => ServiceEvent;
    /// x
    query => Query;
    /// x
    view => View;
    /// x
    aggregate_state => AggregateState;
    /// x
    saga_state => SagaState;
}

components! {
    /// x
    aggregate => Aggregate;
    /// x
    service => Service;
    /// x
    projector => Projector;
    /// x
    projection => Projection;
    /// x
    observer => Observer;
    /// x
    saga => Saga;
    /// x
    invoker => Invoker;
}

methods! {
    /// x
    aggregate_command_handler => AggregateCommandHandler;
    /// x
    event_sourcing_handler => EventSourcingHandler;
    /// x
    command_handler => CommandHandler;
    /// x
    event_handler => EventHandler;
    /// x
    saga_event_handler => SagaEventHandler;
    /// x
    query_handler => QueryHandler;
    /// x
    invocation_handler => InvocationHandler;
    /// x
    inject => Inject;
    /// x
    setup => Setup;
}

/// x
#[proc_macro]
pub fn bundle(input: TokenStream) -> TokenStream {
    bundle::bundle(input.into()).into()
}

//! Components: what the macros make of an `impl` block, as data.
//!
//! A [`ComponentMeta`] is the single source of truth about a component. The runtime, the check of the graph and the
//! catalogue read it; nothing else is generated per component.

mod construct;
mod discover;
mod meta;
mod state;

pub use self::{
    construct::{ConstructError, Constructed, Constructor, DefaultComponent, Dependency, Provided, Provides},
    discover::{COMPONENTS, linked},
    meta::{
        AggregateBody, Association, ComponentBody, ComponentKind, ComponentMeta, HandlerKind, HandlerMeta,
        Receiver, Retry, SagaBody, StateCodec,
    },
    state::{AggregateBehind, SagaBehind, is_association},
};

use crate::handler::HandlerOwner;

/// A component of a bundle. Implemented by the component attributes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component",
    label = "not a component",
    note = "put `#[aggregate]`, `#[service]`, `#[projector]`, `#[projection]`, `#[observer]`, `#[saga]` or `#[invoker]` on an `impl {Self}` block"
)]
pub trait Component: Send + Sync + 'static {
    /// What is known of the component.
    const META: ComponentMeta;
}

impl<C: Component> HandlerOwner for C {}

/// A component that reads the log: a projector, an observer or a saga. Implemented by their attributes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a consumer",
    label = "only a projector, an observer or a saga reads the log"
)]
pub trait Consumer: Component {}

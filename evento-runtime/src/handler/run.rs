//! The type-erased function behind a handler, and what comes out of it.

use std::any::Any;

use futures_core::future::BoxFuture;

use super::{Instance, Invocation, NewEvents};
use crate::error::Error;

/// What a handler's call comes to.
pub type HandlerResult = Result<Outcome, Error>;

/// A handler whose parameters were taken: its future, or why they could not be.
pub type Started<'i> = Result<BoxFuture<'i, HandlerResult>, Error>;

/// The function behind a handler.
#[derive(Clone, Copy)]
pub enum Run {
    /// A pure handler of an aggregate.
    Sync(for<'i> fn(Invocation<'i>) -> HandlerResult),
    /// Every other handler.
    Async(for<'i> fn(Invocation<'i>) -> Started<'i>),
    /// A handler that callers reach by a method of the client.
    Direct,
}

/// What a handler gave back.
pub enum Outcome {
    /// Nothing. A state that was borrowed as mutable goes on, changed.
    Done,
    /// Events to store.
    Events(NewEvents),
    /// The answer to a query.
    Answer(Box<dyn Any + Send>),
    /// The state with which a life starts or goes on.
    State(Instance),
    /// The life ended, or did not start.
    Ended,
}

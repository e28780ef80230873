//! What handlers may return, and how it becomes an [`Outcome`].
//!
//! One small function per kind of handler takes the user's future and gives an erased one. Nothing but the conversion of
//! the value is compiled per handler.

use std::future::Future;

use futures_core::future::BoxFuture;

use super::{Begins, Decision, Effects, HandlerResult, Instance, NewEvents, Outcome};
use crate::{
    error::{BoxError, Error, from_handler},
    payload::{Query, SagaState},
};

/// Marks a value that is returned as it is.
pub enum Plainly {}

/// Marks a value that is returned in a `Result`.
pub enum Fallible {}

/// What an event handler returns: `()` or a `Result<()>`.
#[diagnostic::on_unimplemented(
    message = "an event handler returns nothing, not `{Self}`",
    label = "must be `()` or `Result<()>`",
    note = "return `()` or `Result<()>`; to make something happen, send a command"
)]
pub trait EventReturn {
    /// The outcome.
    ///
    /// # Errors
    /// The handler's own.
    fn outcome(self) -> HandlerResult;
}

impl EventReturn for () {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::Done)
    }
}

impl<E: Into<BoxError> + 'static> EventReturn for Result<(), E> {
    fn outcome(self) -> HandlerResult {
        self.map(|()| Outcome::Done).map_err(from_handler)
    }
}

/// What a query handler returns: the query's response, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the answer to `{Q}`",
    label = "not the declared response",
    note = "return the type that `{Q}` declares with `#[query(response = ..)]`, or a `Result` of it"
)]
pub trait Answers<Q, Fallibility> {
    /// The outcome.
    ///
    /// # Errors
    /// The handler's own.
    fn outcome(self) -> HandlerResult;
}

impl<Q: Query<Response = R>, R: Send + 'static> Answers<Q, Plainly> for R {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::Answer(Box::new(self)))
    }
}

impl<Q: Query<Response = R>, R: Send + 'static, E: Into<BoxError> + 'static> Answers<Q, Fallible>
    for Result<R, E>
{
    fn outcome(self) -> HandlerResult {
        self.map(|answer| Outcome::Answer(Box::new(answer))).map_err(from_handler)
    }
}

/// What a saga handler without receiver returns: the new state, an `Option` of it, or a `Result` of one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not start the saga `{S}`",
    label = "a saga handler without `self` starts a saga",
    note = "return `Self`, `Option<Self>`, or a `Result` of one of these"
)]
pub trait SagaStart<S> {
    /// The outcome.
    ///
    /// # Errors
    /// The handler's own.
    fn outcome(self) -> HandlerResult;
}

impl<S: SagaState> SagaStart<S> for S {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::State(Box::new(self)))
    }
}

impl<S: SagaState> SagaStart<S> for Option<S> {
    fn outcome(self) -> HandlerResult {
        Ok(self.map_or(Outcome::Ended, |state| Outcome::State(Box::new(state))))
    }
}

impl<S, T: SagaStart<S>, E: Into<BoxError> + 'static> SagaStart<S> for Result<T, E> {
    fn outcome(self) -> HandlerResult {
        self.map_err(from_handler)?.outcome()
    }
}

/// What a saga handler that takes `self` by value returns: nothing when the saga ends, an `Option<Self>` to decide, or a
/// `Result` of one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the saga `{S}` ends",
    label = "a saga handler that takes `self` ends the saga",
    note = "return `()` to end, `Option<Self>` to decide, or a `Result` of one of these"
)]
pub trait EndsSaga<S> {
    /// The outcome.
    ///
    /// # Errors
    /// The handler's own.
    fn outcome(self) -> HandlerResult;
}

impl<S> EndsSaga<S> for () {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::Ended)
    }
}

impl<S: SagaState> EndsSaga<S> for Option<S> {
    fn outcome(self) -> HandlerResult {
        Ok(self.map_or(Outcome::Ended, |state| Outcome::State(Box::new(state))))
    }
}

impl<S, T: EndsSaga<S>, E: Into<BoxError> + 'static> EndsSaga<S> for Result<T, E> {
    fn outcome(self) -> HandlerResult {
        self.map_err(from_handler)?.outcome()
    }
}

fn erase<'i, F, R: 'i>(future: F, convert: fn(R) -> HandlerResult) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output = R> + Send + 'i,
{
    Box::pin(async move { convert(future.await) })
}

/// Erases the future of an event handler.
pub fn handled<'i, F>(future: F) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output: EventReturn + 'i> + Send + 'i,
{
    erase(future, EventReturn::outcome)
}

/// Erases the future of a query handler.
pub fn answered<'i, Q, Fallibility, F>(future: F) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output: Answers<Q, Fallibility> + 'i> + Send + 'i,
{
    erase(future, <F::Output as Answers<Q, Fallibility>>::outcome)
}

/// Erases the future of a service's command handler.
pub fn effected<'i, F>(future: F) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output: Effects + 'i> + Send + 'i,
{
    erase(future, |effects| {
        let mut events = NewEvents::default();
        effects.effects(&mut events)?;
        Ok(Outcome::Events(events))
    })
}

/// Erases the future of a saga handler that starts a saga.
pub fn started<'i, S, F>(future: F) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output: SagaStart<S> + 'i> + Send + 'i,
{
    erase(future, <F::Output as SagaStart<S>>::outcome)
}

/// Erases the future of a saga handler that takes `self` by value.
pub fn ended<'i, S, F>(future: F) -> BoxFuture<'i, HandlerResult>
where
    F: Future<Output: EndsSaga<S> + 'i> + Send + 'i,
{
    erase(future, <F::Output as EndsSaga<S>>::outcome)
}

/// The outcome of an aggregate's command handler.
///
/// # Errors
/// The handler's own, or what serde says of an event that has no JSON.
pub fn decided<A>(decision: impl Decision<A>) -> HandlerResult {
    let mut events = NewEvents::default();
    decision.decide(&mut events)?;
    Ok(Outcome::Events(events))
}

/// A state as the runtime holds it.
pub fn state<S: Send + Sync + 'static>(state: S) -> Instance {
    Box::new(state)
}

/// Only here so that the bound stands in one place: a decision that starts a life.
pub fn begun<A>(decision: impl Begins<A>) -> Result<Outcome, Error> {
    decided(decision)
}

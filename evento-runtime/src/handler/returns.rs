//! What handlers may return, and how it becomes an [`Outcome`].
//!
//! There is one trait per kind of handler, whose method makes the outcome. Generated code names it by its full path at the
//! return type that the user wrote, which is where rustc then reports that the type does not fit.

use std::future::Future;

use serde::{Deserialize, Serialize};

use super::{HandlerError, HandlerResult, Instance, Outcome};

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

impl<E: HandlerError> EventReturn for Result<(), E> {
    fn outcome(self) -> HandlerResult {
        self.map(|()| Outcome::Done).map_err(HandlerError::into_error)
    }
}

/// What a query handler returns: the response `R` that the query declares, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "the query declares the response `{R}`, and this is `{Self}`",
    label = "not the declared response",
    note = "return `{R}` or a `Result` of it, or declare another `#[query(response = ..)]`"
)]
pub trait Answers<R, Fallibility> {
    /// The outcome.
    ///
    /// # Errors
    /// The handler's own.
    fn outcome(self) -> HandlerResult;
}

#[diagnostic::do_not_recommend]
impl<R: Send + 'static> Answers<R, Plainly> for R {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::Answer(Box::new(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<R: Send + 'static, E: HandlerError> Answers<R, Fallible> for Result<R, E> {
    fn outcome(self) -> HandlerResult {
        self.map(|answer| Outcome::Answer(Box::new(answer))).map_err(HandlerError::into_error)
    }
}

/// The response of a query that does not say one. Every handler answers it, so that the query's own mistake stays the only one.
#[derive(Serialize, Deserialize)]
pub enum Unsaid {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> Answers<Unsaid, Unsaid> for T {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::Answer(Box::new(self)))
    }
}

/// A type with handlers, which is its own state when it is a saga. Whatever is a component is one; nothing else may be, so
/// that a `Result` of a state is not taken for a state.
pub trait HandlerOwner: Send + Sync + 'static {}

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

impl<S: HandlerOwner> SagaStart<S> for S {
    fn outcome(self) -> HandlerResult {
        Ok(Outcome::State(Box::new(self)))
    }
}

impl<S: HandlerOwner> SagaStart<S> for Option<S> {
    fn outcome(self) -> HandlerResult {
        Ok(self.map_or(Outcome::Ended, |state| Outcome::State(Box::new(state))))
    }
}

impl<S, T: SagaStart<S>, E: HandlerError> SagaStart<S> for Result<T, E> {
    fn outcome(self) -> HandlerResult {
        self.map_err(HandlerError::into_error)?.outcome()
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

impl<S: HandlerOwner> EndsSaga<S> for Option<S> {
    fn outcome(self) -> HandlerResult {
        Ok(self.map_or(Outcome::Ended, |state| Outcome::State(Box::new(state))))
    }
}

impl<S, T: EndsSaga<S>, E: HandlerError> EndsSaga<S> for Result<T, E> {
    fn outcome(self) -> HandlerResult {
        self.map_err(HandlerError::into_error)?.outcome()
    }
}

/// The future of a handler, whose value becomes an outcome by `convert`. Nothing else is compiled per handler. It does not
/// ask for `Send`: generated code boxes it, and there rustc says which value of the user's is not `Send`.
pub async fn converted<F: Future>(future: F, convert: fn(F::Output) -> HandlerResult) -> HandlerResult {
    convert(future.await)
}

/// A state as the runtime holds it.
pub fn state<S: Send + Sync + 'static>(state: S) -> Instance {
    Box::new(state)
}

//! What an invocation handler returns, and what an interceptor's error becomes in it.
//!
//! Which of the three ways it is, is decided where the type is known: in generated code, by a method that each of the traits
//! has, of which rustc takes the first that fits: `(&&&returned_by(&handler)).way()`.

use std::{error::Error as StdError, future::Future, marker::PhantomData};

use crate::{
    error::{Error, Result},
    outcome::Intercepted,
};

/// A way between what a handler returns and an error.
pub struct Returned<T> {
    /// Takes the handler's error out of what it returned, if it failed.
    pub(super) split: fn(T) -> Result<T>,
    /// Makes what is returned from an error.
    pub(super) join: Option<fn(Error) -> T>,
}

/// The type that a handler returns.
pub struct Type<T>(PhantomData<fn() -> T>);

/// The type that a handler returns, found by looking at it.
pub fn returned_by<F: Future>(_handler: &impl FnOnce() -> F) -> Type<F::Output> {
    Type(PhantomData)
}

/// An error of any type has its place.
pub trait AnyError<T> {
    /// The way.
    fn way(&self) -> Returned<T>;
}

impl<T> AnyError<Result<T>> for &&Type<Result<T>> {
    fn way(&self) -> Returned<Result<T>> {
        Returned { split: |returned| returned.map(Ok), join: Some(Err) }
    }
}

/// An interceptor's error becomes one of the handler's type.
pub trait OwnError<T> {
    /// The way.
    fn way(&self) -> Returned<T>;
}

impl<T, E> OwnError<Result<T, E>> for &Type<Result<T, E>>
where
    E: StdError + From<Intercepted> + Send + Sync + 'static,
{
    fn way(&self) -> Returned<Result<T, E>> {
        Returned {
            split: |returned| returned.map(Ok).map_err(Error::new),
            join: Some(|error| Err(own(error))),
        }
    }
}

/// The handler's own error, or one that is made from that of an interceptor.
fn own<E: StdError + From<Intercepted> + Send + Sync + 'static>(error: Error) -> E {
    // What an interceptor said about the handler's error is not lost with the error in it.
    if error.chain().next().is_some_and(|outermost| outermost.is::<E>()) {
        return error.downcast().unwrap_or_else(|error| Intercepted::new(error).into());
    }
    Intercepted::new(error).into()
}

/// There is no place for an error.
pub trait NoError<T> {
    /// The way.
    fn way(&self) -> Returned<T>;
}

impl<T> NoError<T> for Type<T> {
    fn way(&self) -> Returned<T> {
        Returned { split: Ok, join: None }
    }
}

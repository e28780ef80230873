//! Errors of handlers: anything can be one, and the concrete type stays within reach.

use std::{any::Any, error::Error as StdError, fmt};

/// The error of a handler. Made by `?` from every error type, downcast again with [`find`].
pub type Error = anyhow::Error;

/// What handlers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A boxed error of the standard library: what every handler's error type converts into.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Marks an error as transient: the same attempt may succeed later, so it is worth repeating.
///
/// ```
/// use evento_runtime::{error::Transient, outcome::is_transient};
/// let busy = Transient::new(std::io::Error::other("the printer is busy"));
/// assert!(is_transient(&evento_runtime::error::Error::new(busy)));
/// ```
#[derive(Debug)]
pub struct Transient(BoxError);

impl Transient {
    /// Marks an error.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for Transient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for Transient {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// The first error of type `E` in an error and its sources.
///
/// ```
/// use evento_runtime::error::{Error, find};
/// let error = Error::new(std::io::Error::other("full")).context("writing the report");
/// assert!(find::<std::io::Error>(&error).is_some());
/// ```
#[must_use]
pub fn find<E: StdError + Send + Sync + 'static>(error: &Error) -> Option<&E> {
    error
        .downcast_ref::<E>()
        .or_else(|| anyhow::Chain::new(cause(error)).find_map(|error| error.downcast_ref::<E>()))
}

/// An error as the standard library sees it: that of the handler itself, out of the box in which it was taken over.
pub(crate) fn cause(error: &Error) -> &(dyn StdError + 'static) {
    match error.downcast_ref::<BoxError>() {
        Some(boxed) => &**boxed,
        None => error.as_ref() as &(dyn StdError + Send + Sync),
    }
}

/// Takes over the error of a handler without losing its concrete type, an [`anyhow::Error`] included (which is no
/// `std::error::Error`, and which a box would hide).
pub(crate) fn from_handler<E: Into<BoxError> + 'static>(error: E) -> Error {
    let mut slot = Some(error);
    if let Some(error) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Error>>().and_then(Option::take) {
        return error;
    }
    match slot {
        Some(error) => Error::from_boxed(error.into()),
        None => Error::msg("the error of the handler was taken twice"),
    }
}

//! What an interceptor said in place of an invocation handler.

use std::{error::Error as StdError, fmt, sync::Arc};

use crate::error::{Error, cause};

/// An interceptor refused an invocation, or replaced the error of its handler.
///
/// An invocation handler returns what its author wishes, so what a caller gets then depends on that:
///
/// - an `evento::Result` has the interceptor's error itself;
/// - the error of another `Result` is made from this one, where it implements `From<Intercepted>`, as [`SendError`](super::SendError)
///   and [`QueryError`](super::QueryError) do;
/// - any other type has no place for it: then the handler is called, and all that it sends and asks is answered with this. What it
///   had answered before an interceptor objected is its answer.
///
/// In each case the interceptor's error is found by its type, with [`find`](crate::error::find).
#[derive(Clone)]
pub struct Intercepted(Arc<Error>);

impl Intercepted {
    pub(crate) fn new(error: Error) -> Self {
        Self(Arc::new(error))
    }

    /// The interceptor's error.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0
    }
}

impl fmt::Display for Intercepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an interceptor said no: {:#}", self.0)
    }
}

impl fmt::Debug for Intercepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Intercepted").field(&self.0).finish()
    }
}

impl StdError for Intercepted {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(cause(&self.0))
    }
}

//! The errors of handlers.

use crate::error::{BoxError, Error, from_handler};

/// What the `Err` of a handler may be: every error type, and everything that converts into a boxed error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error",
    label = "`{Self}` does not convert into `Box<dyn Error + Send + Sync>`",
    note = "implement `std::error::Error` for `{Self}`, or return `evento::Result`"
)]
pub trait HandlerError: 'static {
    /// The error, with its concrete type within reach.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + 'static> HandlerError for E {
    fn into_error(self) -> Error {
        from_handler(self)
    }
}

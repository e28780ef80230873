//! What upcasters take and return.

use serde_json::Value;

use super::HandlerError;
use crate::error::Error;

/// What an upcaster takes: the JSON of the version that it starts from.
#[diagnostic::on_unimplemented(
    message = "an upcaster takes the stored JSON, not `{Self}`",
    label = "must be `evento::serde_json::Value`",
    note = "take a `Value` and return the `Value` of the next version; `serde_json::from_value` makes a struct of it"
)]
pub trait UpcastParam: Sized {
    /// That JSON.
    fn of(stored: Value) -> Self;
}

impl UpcastParam for Value {
    fn of(stored: Value) -> Self {
        stored
    }
}

/// What an upcaster returns: the JSON of the next version, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "an upcaster returns the JSON of the next version, not `{Self}`",
    label = "must be `Value` or `Result<Value>`",
    note = "return `evento::serde_json::Value`, or a `Result` of it; `serde_json::to_value` makes it of a struct"
)]
pub trait UpcastReturn {
    /// That JSON.
    ///
    /// # Errors
    /// The upcaster's own.
    fn next_version(self) -> Result<Value, Error>;
}

impl UpcastReturn for Value {
    fn next_version(self) -> Result<Value, Error> {
        Ok(self)
    }
}

impl<E: HandlerError> UpcastReturn for Result<Value, E> {
    fn next_version(self) -> Result<Value, Error> {
        self.map_err(HandlerError::into_error)
    }
}

//! From JSON to payloads.

use std::any::type_name;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use thiserror::Error;

/// A payload whose JSON is not what its type expects.
#[derive(Debug, Error)]
#[error("`{payload}` cannot be decoded as `{type_name}`: {source}")]
pub struct DecodeError {
    /// The stored name of the payload.
    pub payload: String,
    /// The type that was expected.
    pub type_name: &'static str,
    /// What serde says.
    #[source]
    pub source: serde_json::Error,
}

/// Decodes the payload of a stored name.
///
/// # Errors
/// [`DecodeError`] when the JSON is not what the type expects.
pub fn decode<P: DeserializeOwned>(name: &str, json: &RawValue) -> Result<P, DecodeError> {
    serde_json::from_str(json.get()).map_err(|source| DecodeError {
        payload: name.to_owned(),
        type_name: type_name::<P>(),
        source,
    })
}

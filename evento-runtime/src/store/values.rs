//! Values as databases with SQL keep them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::StoreError;
use crate::message::{Context, EventMessage, Metadata};

/// A number that is stored.
pub(crate) fn signed(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Failed {
        reason: format!("{what} {value} is larger than a store can count"),
        source: None,
    })
}

/// A position, version or size to compare with, where what is beyond all numbers compares like the largest one.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number of rows or bytes.
pub(crate) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Anything as JSON text.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed {
        reason: format!("encoding: {error}"),
        source: Some(Box::new(error)),
    })
}

/// The metadata of an event as JSON. Most events have none.
pub(crate) fn metadata_json(event: &EventMessage) -> Result<String, StoreError> {
    if event.metadata.is_empty() { Ok("{}".to_owned()) } else { to_json(&event.metadata) }
}

/// Metadata from its JSON.
pub(crate) fn metadata(text: &str) -> Result<Metadata, String> {
    if text == "{}" {
        return Ok(Metadata::new());
    }
    serde_json::from_str::<BTreeMap<String, String>>(text)
        .map(Metadata::from_iter)
        .map_err(|error| format!("its metadata is no JSON object of texts: {error}"))
}

/// The context of a name. Most events have the one that has no name of its own in memory.
pub(crate) fn context(name: &str) -> Context {
    if name == Context::DEFAULT.as_str() { Context::DEFAULT } else { Context::new(name.to_owned()) }
}

//! Reading columns. A failure is the reason why the row cannot be read; the caller knows which row it was.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{
    message::{Context, Metadata},
    store::StoreError,
};

type Column<T> = Result<T, String>;

pub(super) fn text(row: &SqliteRow, index: usize) -> Column<&str> {
    row.try_get(index).map_err(|error| error.to_string())
}

pub(super) fn optional_text(row: &SqliteRow, index: usize) -> Column<Option<&str>> {
    row.try_get(index).map_err(|error| error.to_string())
}

pub(super) fn integer(row: &SqliteRow, index: usize) -> Column<i64> {
    row.try_get(index).map_err(|error| error.to_string())
}

pub(super) fn optional_integer(row: &SqliteRow, index: usize) -> Column<Option<i64>> {
    row.try_get(index).map_err(|error| error.to_string())
}

pub(super) fn unsigned<T: TryFrom<i64>>(row: &SqliteRow, index: usize) -> Column<T> {
    let value = integer(row, index)?;
    T::try_from(value).map_err(|_| format!("column {index} is {value}, which is out of range"))
}

pub(super) fn uuid(row: &SqliteRow, index: usize) -> Column<Uuid> {
    let value = text(row, index)?;
    Uuid::parse_str(value).map_err(|error| format!("`{value}` is no UUID: {error}"))
}

pub(super) fn json(row: &SqliteRow, index: usize) -> Column<Box<RawValue>> {
    RawValue::from_string(text(row, index)?.to_owned()).map_err(|error| format!("it is no JSON: {error}"))
}

/// The context of a name.
pub(super) fn context(name: &str) -> Context {
    if name == Context::DEFAULT.as_str() { Context::DEFAULT } else { Context::new(name.to_owned()) }
}

/// Metadata from its JSON.
pub(super) fn metadata(text: &str) -> Column<Metadata> {
    if text == "{}" {
        return Ok(Metadata::new());
    }
    serde_json::from_str::<BTreeMap<String, String>>(text)
        .map(Metadata::from_iter)
        .map_err(|error| format!("its metadata is no JSON object of texts: {error}"))
}

/// A number as SQLite keeps it.
pub(super) fn signed(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Failed {
        reason: format!("{what} {value} is larger than a store can count"),
        source: None,
    })
}

/// A position or version to compare with, where what is beyond all numbers compares like the largest one.
pub(super) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number of rows.
pub(super) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Anything as JSON text, for statements that take a list.
pub(super) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed {
        reason: format!("encoding: {error}"),
        source: Some(Box::new(error)),
    })
}

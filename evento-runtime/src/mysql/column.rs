//! Reading columns, and making values fit into them. A failure is the reason why the row cannot be read; the caller knows
//! which row it was.

use std::fmt::Display;

use serde_json::value::RawValue;
use sqlx::{Decode, MySql, Row, Type, mysql::MySqlRow};
use uuid::Uuid;

use crate::store::StoreError;

/// The longest names in bytes: of types, events, contexts, components, fields.
pub(super) const NAME: usize = 255;
/// The longest id of a stream, and the longest value of an association.
pub(super) const ID: usize = 2048;
/// The longest id of a row of a view, and the longest value that it is found by.
pub(super) const VIEW: usize = 1024;
/// The longest key of a dead event: a name and an id.
pub(super) const KEY: usize = 2304;

type Column<T> = Result<T, String>;

/// A column of a type that is what it says.
pub(super) fn get<'r, T: Decode<'r, MySql> + Type<MySql>>(row: &'r MySqlRow, index: usize) -> Column<T> {
    row.try_get(index).map_err(|error| error.to_string())
}

/// A text, whether it is kept as one or as bytes.
pub(super) fn text(row: &MySqlRow, index: usize) -> Column<&str> {
    std::str::from_utf8(get(row, index)?).map_err(|error| format!("column {index} is no text: {error}"))
}

pub(super) fn optional_text(row: &MySqlRow, index: usize) -> Column<Option<&str>> {
    let bytes: Option<&[u8]> = get(row, index)?;
    let text = bytes.map(std::str::from_utf8).transpose();
    text.map_err(|error| format!("column {index} is no text: {error}"))
}

pub(super) fn integer(row: &MySqlRow, index: usize) -> Column<i64> {
    get(row, index)
}

pub(super) fn unsigned<T: TryFrom<i64>>(row: &MySqlRow, index: usize) -> Column<T> {
    let value = integer(row, index)?;
    T::try_from(value).map_err(|_| format!("column {index} is {value}, which is out of range"))
}

/// A number that is not negative, of whichever type the value of a variable has.
pub(super) fn count(row: &MySqlRow, index: usize) -> Column<u64> {
    let value: i64 = row.try_get_unchecked(index).map_err(|error| error.to_string())?;
    u64::try_from(value).map_err(|_| format!("column {index} is {value}, which is out of range"))
}

pub(super) fn uuid(row: &MySqlRow, index: usize) -> Column<Uuid> {
    get(row, index)
}

pub(super) fn json(row: &MySqlRow, index: usize) -> Column<Box<RawValue>> {
    RawValue::from_string(text(row, index)?.to_owned()).map_err(|error| format!("it is no JSON: {error}"))
}

/// Refuses a text that is longer than its column. An index takes no more, and nothing is ever cut off.
pub(super) fn fits(what: impl Display, value: &str, limit: usize) -> Result<(), StoreError> {
    if value.len() > limit {
        return Err(StoreError::TooLarge { what: what.to_string(), size: value.len(), limit });
    }
    Ok(())
}

/// The beginning of a text, for messages about texts that are too long.
pub(super) fn beginning(text: &str) -> String {
    const SHOWN: usize = 40;
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() { format!("{shown:?}..") } else { format!("{shown:?}") }
}

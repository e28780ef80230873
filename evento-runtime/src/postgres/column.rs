//! Reading columns, and making values fit into them. A failure is the reason why the row cannot be read; the caller knows
//! which row it was.

use std::fmt::Display;

use serde_json::value::RawValue;
use sqlx::{Decode, Postgres, Row, Type, postgres::PgRow};
use uuid::Uuid;

use crate::store::StoreError;

type Column<T> = Result<T, String>;

/// A column of a type that is what it says.
pub(super) fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(row: &'r PgRow, index: usize) -> Column<T> {
    row.try_get(index).map_err(|error| error.to_string())
}

pub(super) fn text(row: &PgRow, index: usize) -> Column<&str> {
    get(row, index)
}

pub(super) fn integer(row: &PgRow, index: usize) -> Column<i64> {
    get(row, index)
}

pub(super) fn unsigned<T: TryFrom<i64>>(row: &PgRow, index: usize) -> Column<T> {
    let value = integer(row, index)?;
    T::try_from(value).map_err(|_| format!("column {index} is {value}, which is out of range"))
}

pub(super) fn uuid(row: &PgRow, index: usize) -> Column<Uuid> {
    get(row, index)
}

/// A column of the type json as the text that it is.
pub(super) fn json_text(row: &PgRow, index: usize) -> Column<&str> {
    row.try_get_unchecked(index).map_err(|error| error.to_string())
}

pub(super) fn json(row: &PgRow, index: usize) -> Column<Box<RawValue>> {
    RawValue::from_string(json_text(row, index)?.to_owned())
        .map_err(|error| format!("it is no JSON: {error}"))
}

/// Refuses a text that PostgreSQL has no room for. Inside of JSON, the character is written `\u0000` and does no harm.
pub(super) fn without_nul(what: impl Display, value: &str) -> Result<(), StoreError> {
    if value.contains('\0') {
        return Err(StoreError::Failed {
            reason: format!(
                "{what} contains the character NUL, which PostgreSQL does not store: leave it out"
            ),
            source: None,
        });
    }
    Ok(())
}

/// The words of an error, which must be kept whatever is in them.
pub(super) fn words(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

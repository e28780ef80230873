//! Reading columns. A failure is the reason why the row cannot be read; the caller knows which row it was.

use serde_json::value::RawValue;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

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

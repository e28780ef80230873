//! Views.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::value::RawValue;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    column::json,
    error::corrupt,
    statement::{execute, rows},
};
use crate::store::{
    Page, StoreError, ViewId, ViewMatch, ViewRow, ViewStore, behind,
    values::{bound, to_json},
};

#[async_trait]
impl ViewStore for SqliteStore {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let found = row(reading.connection()?, view, id).await?;
        reading.done();
        Ok(found)
    }

    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let found = find(reading.connection()?, view, matching, page).await?;
        reading.done();
        Ok(found)
    }
}

pub(super) async fn row(
    connection: &mut SqliteConnection,
    view: &ViewId,
    id: &str,
) -> Result<Option<Box<RawValue>>, StoreError> {
    let statement =
        sqlx::query(include_str!("sql/view_row.sql")).bind(view.view.as_ref()).bind(view.version).bind(id);
    let rows = rows(connection, "reading a view", statement).await?;
    rows.first().map(|row| body(view, row)).transpose()
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    view: &ViewId,
    matching: &ViewMatch,
    page: Page,
) -> Result<Vec<Box<RawValue>>, StoreError> {
    let text = match matching {
        ViewMatch::All => include_str!("sql/find_view_all.sql"),
        ViewMatch::Equals { .. } => include_str!("sql/find_view_equals.sql"),
        ViewMatch::Prefix { .. } => include_str!("sql/find_view_prefix.sql"),
    };
    let statement = sqlx::query(text)
        .bind(view.view.as_ref())
        .bind(view.version)
        .bind(page.size)
        .bind(bound(page.offset()));
    let statement = match matching {
        ViewMatch::All => statement,
        ViewMatch::Equals { index, value } => statement.bind(index.as_ref()).bind(value),
        ViewMatch::Prefix { index, prefix } => {
            let statement = statement.bind(index.as_ref()).bind(prefix);
            match behind(prefix) {
                Some(end) => statement.bind(end),
                None => statement.bind(Vec::<u8>::new()),
            }
        }
    };
    let rows = rows(connection, "searching a view", statement).await?;
    rows.iter().map(|row| body(view, row)).collect()
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    view: &ViewId,
    row: &ViewRow,
) -> Result<(), StoreError> {
    let statement = sqlx::query(include_str!("sql/put_view_row.sql"))
        .bind(view.view.as_ref())
        .bind(view.version)
        .bind(&row.id)
        .bind(row.body.get())
        .bind(to_json(&row.indexes)?);
    execute(connection, "writing a view", statement).await?;
    Ok(())
}

/// Puts many rows in one trip.
pub(super) async fn put_many(
    connection: &mut SqliteConnection,
    view: &ViewId,
    rows: &[ViewRow],
) -> Result<(), StoreError> {
    let bodies: BTreeMap<&str, &str> = rows.iter().map(|row| (row.id.as_str(), row.body.get())).collect();
    let indexes: BTreeMap<&str, _> = rows.iter().map(|row| (row.id.as_str(), &row.indexes)).collect();
    let statement = sqlx::query(include_str!("sql/put_view_rows.sql"))
        .bind(view.view.as_ref())
        .bind(view.version)
        .bind(to_json(&bodies)?)
        .bind(to_json(&indexes)?);
    execute(connection, "writing a view", statement).await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    view: &ViewId,
    id: &str,
) -> Result<bool, StoreError> {
    let statement = sqlx::query(include_str!("sql/delete_view_row.sql"))
        .bind(view.view.as_ref())
        .bind(view.version)
        .bind(id);
    Ok(execute(connection, "deleting from a view", statement).await? > 0)
}

fn body(view: &ViewId, row: &SqliteRow) -> Result<Box<RawValue>, StoreError> {
    json(row, 0).map_err(|reason| corrupt(format_args!("a row of view {view}"), reason))
}

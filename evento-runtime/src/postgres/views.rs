//! Views.

use async_trait::async_trait;
use serde_json::value::RawValue;
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    PostgresStore,
    column::{json, without_nul},
    error::corrupt,
    place::Place,
    statement::{Statement, execute, rows},
};
use crate::store::{
    Page, StoreError, ViewId, ViewMatch, ViewRow, ViewStore, behind,
    values::{bound, to_json},
};

#[async_trait]
impl ViewStore for PostgresStore {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        if id.contains('\0') {
            return Ok(None);
        }
        let place = &self.inner.place;
        let (rows, _) = place.run("reading a view", || by_id(place, view, id)).await?;
        rows.first().map(|row| body(view, row)).transpose()
    }

    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        if finds_nothing(matching) {
            return Ok(Vec::new());
        }
        let place = &self.inner.place;
        let (rows, _) = place.run("searching a view", || search(place, view, matching, page)).await?;
        rows.iter().map(|row| body(view, row)).collect()
    }
}

pub(super) async fn row(
    connection: &mut PgConnection,
    place: &Place,
    view: &ViewId,
    id: &str,
) -> Result<Option<Box<RawValue>>, StoreError> {
    if id.contains('\0') {
        return Ok(None);
    }
    let rows = rows(connection, "reading a view", by_id(place, view, id)).await?;
    rows.first().map(|row| body(view, row)).transpose()
}

pub(super) async fn find(
    connection: &mut PgConnection,
    place: &Place,
    view: &ViewId,
    matching: &ViewMatch,
    page: Page,
) -> Result<Vec<Box<RawValue>>, StoreError> {
    if finds_nothing(matching) {
        return Ok(Vec::new());
    }
    let rows = rows(connection, "searching a view", search(place, view, matching, page)).await?;
    rows.iter().map(|row| body(view, row)).collect()
}

/// What cannot be stored cannot be found either.
fn finds_nothing(matching: &ViewMatch) -> bool {
    match matching {
        ViewMatch::All => false,
        ViewMatch::Equals { index, value } => index.contains('\0') || value.contains('\0'),
        ViewMatch::Prefix { index, prefix } => index.contains('\0') || prefix.contains('\0'),
    }
}

fn by_id<'q>(place: &Place, view: &'q ViewId, id: &'q str) -> Statement<'q> {
    place
        .statement(include_str!("sql/view_row.sql"))
        .bind(view.view.as_ref())
        .bind(i64::from(view.version))
        .bind(id)
}

fn search<'q>(place: &Place, view: &'q ViewId, matching: &'q ViewMatch, page: Page) -> Statement<'q> {
    let behind = match matching {
        ViewMatch::Prefix { prefix, .. } => behind(prefix),
        _ => None,
    };
    let text = match (matching, &behind) {
        (ViewMatch::All, _) => include_str!("sql/find_view_all.sql"),
        (ViewMatch::Equals { .. }, _) => include_str!("sql/find_view_equals.sql"),
        (ViewMatch::Prefix { .. }, Some(_)) => include_str!("sql/find_view_prefix.sql"),
        (ViewMatch::Prefix { .. }, None) => include_str!("sql/find_view_from.sql"),
    };
    let statement = place
        .statement(text)
        .bind(view.view.as_ref())
        .bind(i64::from(view.version))
        .bind(i64::from(page.size))
        .bind(bound(page.offset()));
    match (matching, behind) {
        (ViewMatch::All, _) => statement,
        (ViewMatch::Equals { index, value }, _) => statement.bind(index.as_ref()).bind(value.as_str()),
        (ViewMatch::Prefix { index, prefix }, None) => statement.bind(index.as_ref()).bind(prefix.as_str()),
        (ViewMatch::Prefix { index, prefix }, Some(behind)) => {
            statement.bind(index.as_ref()).bind(prefix.as_str()).bind(behind)
        }
    }
}

pub(super) async fn put(
    connection: &mut PgConnection,
    place: &Place,
    view: &ViewId,
    row: &ViewRow,
) -> Result<(), StoreError> {
    check(view, row)?;
    let fields: Vec<&str> = row.indexes.iter().map(|(field, _)| &**field).collect();
    let values: Vec<&str> = row.indexes.iter().map(|(_, value)| value.as_str()).collect();
    let statement = place
        .statement(include_str!("sql/put_view_row.sql"))
        .bind(view.view.as_ref())
        .bind(i64::from(view.version))
        .bind(row.id.as_str())
        .bind(row.body.get())
        .bind(fields)
        .bind(values);
    execute(connection, "writing a view", statement).await?;
    Ok(())
}

/// Puts many rows in one trip.
pub(super) async fn put_many(
    connection: &mut PgConnection,
    place: &Place,
    view: &ViewId,
    rows: &[ViewRow],
) -> Result<(), StoreError> {
    rows.iter().try_for_each(|row| check(view, row))?;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let bodies: Vec<&str> = rows.iter().map(|row| row.body.get()).collect();
    let fields = rows.iter().map(|row| to_json(&row.indexes)).collect::<Result<Vec<_>, _>>()?;
    let statement = place
        .statement(include_str!("sql/put_view_rows.sql"))
        .bind(view.view.as_ref())
        .bind(i64::from(view.version))
        .bind(ids)
        .bind(bodies)
        .bind(fields);
    execute(connection, "writing a view", statement).await?;
    Ok(())
}

/// Refuses what has no room.
pub(super) fn check(view: &ViewId, row: &ViewRow) -> Result<(), StoreError> {
    without_nul(format_args!("the id of a row of view {view}"), &row.id)?;
    for (field, value) in &row.indexes {
        without_nul(format_args!("field {field:?} of view {view}"), field)?;
        without_nul(format_args!("the indexed field `{field}` of row `{}` of view {view}", row.id), value)?;
    }
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    place: &Place,
    view: &ViewId,
    id: &str,
) -> Result<bool, StoreError> {
    if id.contains('\0') {
        return Ok(false);
    }
    let statement = place
        .statement(include_str!("sql/delete_view_row.sql"))
        .bind(view.view.as_ref())
        .bind(i64::from(view.version))
        .bind(id);
    Ok(execute(connection, "deleting from a view", statement).await? > 0)
}

fn body(view: &ViewId, row: &PgRow) -> Result<Box<RawValue>, StoreError> {
    json(row, 0).map_err(|reason| corrupt(format_args!("a row of view {view}"), reason))
}

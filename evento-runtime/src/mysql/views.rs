//! Views.

use async_trait::async_trait;
use serde_json::value::RawValue;
use sqlx::{MySqlConnection, SqlStr, mysql::MySqlRow};

use super::{
    MySqlStore,
    column::{NAME, VIEW, beginning, fits, json},
    error::corrupt,
    place::Place,
    script::{Script, Value},
    statement::{Statement, changes_rows, execute, execute_script, rows},
};
use crate::store::{Page, StoreError, ViewId, ViewMatch, ViewRow, ViewStore, behind, values::bound};

#[async_trait]
impl ViewStore for MySqlStore {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
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
        let place = &self.inner.place;
        let (rows, _) = place.run("searching a view", || search(place, view, matching, page)).await?;
        rows.iter().map(|row| body(view, row)).collect()
    }
}

pub(super) async fn row(
    connection: &mut MySqlConnection,
    place: &Place,
    view: &ViewId,
    id: &str,
) -> Result<Option<Box<RawValue>>, StoreError> {
    let rows = rows(connection, "reading a view", by_id(place, view, id)).await?;
    rows.first().map(|row| body(view, row)).transpose()
}

pub(super) async fn find(
    connection: &mut MySqlConnection,
    place: &Place,
    view: &ViewId,
    matching: &ViewMatch,
    page: Page,
) -> Result<Vec<Box<RawValue>>, StoreError> {
    let rows = rows(connection, "searching a view", search(place, view, matching, page)).await?;
    rows.iter().map(|row| body(view, row)).collect()
}

fn by_id<'q>(place: &Place, view: &'q ViewId, id: &'q str) -> Statement<'q> {
    place
        .statement(include_str!("sql/view_row.sql"))
        .bind(view.view.as_bytes())
        .bind(i64::from(view.version))
        .bind(id.as_bytes())
}

fn search<'q>(place: &Place, view: &'q ViewId, matching: &'q ViewMatch, page: Page) -> Statement<'q> {
    let begun = |text| place.statement(text).bind(view.view.as_bytes()).bind(i64::from(view.version));
    let statement = match matching {
        ViewMatch::All => begun(include_str!("sql/find_view_all.sql")),
        ViewMatch::Equals { index, value } => {
            begun(include_str!("sql/find_view_equals.sql")).bind(index.as_bytes()).bind(value.as_bytes())
        }
        ViewMatch::Prefix { index, prefix } => match behind(prefix) {
            None => {
                begun(include_str!("sql/find_view_from.sql")).bind(index.as_bytes()).bind(prefix.as_bytes())
            }
            Some(behind) => begun(include_str!("sql/find_view_prefix.sql"))
                .bind(index.as_bytes())
                .bind(prefix.as_bytes())
                .bind(behind.into_bytes()),
        },
    };
    statement.bind(i64::from(page.size)).bind(bound(page.offset()))
}

pub(super) async fn put(
    connection: &mut MySqlConnection,
    place: &Place,
    view: &ViewId,
    row: &ViewRow,
) -> Result<(), StoreError> {
    check(place, view, row)?;
    let statement = place
        .statement(include_str!("sql/put_view_row.sql"))
        .bind(view.view.as_bytes())
        .bind(i64::from(view.version))
        .bind(row.id.as_bytes())
        .bind(row.body.get());
    execute(connection, "writing a view", statement).await?;
    let mut script = Script::new(&place.texts);
    push_indexes(&mut script, view, row);
    execute_script(connection, "writing a view", script.finish()).await
}

/// Puts many rows, as many in a trip as a packet takes.
pub(super) async fn put_many(
    connection: &mut MySqlConnection,
    place: &Place,
    view: &ViewId,
    rows: &[ViewRow],
) -> Result<(), StoreError> {
    rows.iter().try_for_each(|row| check(place, view, row))?;
    let mut rest = rows;
    while !rest.is_empty() {
        let mut size = 0;
        let fitting = rest.iter().take_while(|row| {
            size += script_size(view, row);
            size <= place.longest_script()
        });
        let (now, later) = rest.split_at(fitting.count().max(1));
        match now {
            [alone] => put(connection, place, view, alone).await?,
            _ => execute_script(connection, "writing a view", script(place, view, now)).await?,
        }
        rest = later;
    }
    Ok(())
}

/// The most bytes that a row takes in a script: that of texts which are written as digits.
fn script_size(view: &ViewId, row: &ViewRow) -> usize {
    const STATEMENTS: usize = 1024;
    let key = view.view.len() + row.id.len();
    let indexes: usize = row.indexes.iter().map(|(field, value)| key + 2 * (field.len() + value.len())).sum();
    STATEMENTS + 2 * (3 * key + row.body.get().len() + indexes)
}

fn script(place: &Place, view: &ViewId, rows: &[ViewRow]) -> SqlStr {
    let mut script = Script::new(&place.texts);
    script.push_list(include_str!("sql/put_view_rows.sql"), &[], |list| {
        for row in rows {
            let [name, version, id] = key(view, &row.id);
            list.row(&[name, version, id, Value::Text(row.body.get())]);
        }
    });
    let (plain, indexed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.indexes.is_empty());
    if let Some(first) = plain.first() {
        let [name, version, _] = key(view, &first.id);
        script.push_list(include_str!("sql/delete_view_indexes.sql"), &[name, version], |list| {
            plain.iter().for_each(|row| list.value(Value::Key(&row.id)));
        });
    }
    for row in indexed {
        push_indexes(&mut script, view, row);
    }
    script.finish()
}

/// Replaces the indexed values of a row.
fn push_indexes(script: &mut Script<'_>, view: &ViewId, row: &ViewRow) {
    let [name, version, id] = key(view, &row.id);
    if row.indexes.is_empty() {
        return script.push(include_str!("sql/delete_view_index.sql"), &[name, version, id]);
    }
    script.push_list(include_str!("sql/leave_view_index.sql"), &[name, version, id], |rows| {
        for (field, value) in &row.indexes {
            rows.row(&[Value::Key(field), Value::Key(value)]);
        }
    });
    script.push_list(include_str!("sql/put_view_index.sql"), &[], |rows| {
        for (field, value) in &row.indexes {
            rows.row(&[name, version, Value::Key(field), Value::Key(value), id]);
        }
    });
}

/// Refuses what has no room before the server would have to.
pub(super) fn check(place: &Place, view: &ViewId, row: &ViewRow) -> Result<(), StoreError> {
    fits(format_args!("the name {} of a view", beginning(&view.view)), &view.view, NAME)?;
    fits(format_args!("the id {} of a row of view {view}", beginning(&row.id)), &row.id, VIEW)?;
    for (field, value) in &row.indexes {
        fits(format_args!("the indexed field {} of view {view}", beginning(field)), field, NAME)?;
        fits(format_args!("the indexed field `{field}` of row `{}` of view {view}", row.id), value, VIEW)?;
    }
    place.takes(format_args!("row `{}` of view {view}", row.id), row.body.get().len())
}

pub(super) async fn delete(
    connection: &mut MySqlConnection,
    place: &Place,
    view: &ViewId,
    id: &str,
) -> Result<bool, StoreError> {
    let key = key(view, id);
    let mut script = Script::new(&place.texts);
    script.push(include_str!("sql/delete_view_index.sql"), &key);
    script.push(include_str!("sql/delete_view_row.sql"), &key);
    changes_rows(connection, "deleting from a view", script.finish()).await
}

fn key<'v>(view: &'v ViewId, id: &'v str) -> [Value<'v>; 3] {
    [Value::Key(&view.view), Value::Number(i64::from(view.version)), Value::Key(id)]
}

fn body(view: &ViewId, row: &MySqlRow) -> Result<Box<RawValue>, StoreError> {
    json(row, 0).map_err(|reason| corrupt(format_args!("a row of view {view}"), reason))
}

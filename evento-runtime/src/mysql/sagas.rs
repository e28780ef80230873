//! Saga states.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{MySqlConnection, mysql::MySqlRow};

use super::{
    MySqlStore,
    column::{ID, NAME, beginning, fits, integer, json, text, unsigned, uuid},
    error::corrupt,
    place::Place,
    script::{Script, Value},
    statement::{changes_rows, execute, execute_script},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        SagaCount, SagaId, SagaRecord, SagaStore, StoreError,
        values::{limit, signed, to_json},
    },
};

#[async_trait]
impl SagaStore for MySqlStore {
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/find_sagas.sql"))
                .bind(saga.as_bytes())
                .bind(association.as_bytes())
                .bind(value.as_bytes())
        };
        let (rows, _) = place.run("finding sagas", statement).await?;
        rows.iter().map(record).collect()
    }

    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError> {
        let place = &self.inner.place;
        let statement =
            || place.statement(include_str!("sql/load_saga.sql")).bind(saga.as_bytes()).bind(id.0);
        let (rows, _) = place.run("reading a saga", statement).await?;
        rows.first().map(record).transpose()
    }

    async fn count_sagas(&self) -> Result<Vec<SagaCount>, StoreError> {
        let place = &self.inner.place;
        let (rows, _) =
            place.run("counting sagas", || place.statement(include_str!("sql/count_sagas.sql"))).await?;
        rows.iter().map(count).collect()
    }

    async fn list_sagas(
        &self,
        saga: &str,
        after: Option<SagaId>,
        max: usize,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/list_sagas.sql"))
                .bind(saga.as_bytes())
                .bind(after.map(|after| after.0))
                .bind(after.map(|after| after.0))
                .bind(limit(max))
        };
        let (rows, _) = place.run("listing sagas", statement).await?;
        rows.iter().map(record).collect()
    }
}

pub(super) async fn put(
    connection: &mut MySqlConnection,
    place: &Place,
    record: &SagaRecord,
) -> Result<(), StoreError> {
    fits(format_args!("the name {} of a saga", beginning(&record.saga)), &record.saga, NAME)?;
    for (field, value) in &record.associations {
        fits(format_args!("association {} of saga `{}`", beginning(field), record.saga), field, NAME)?;
        fits(format_args!("the value of association `{field}` of saga `{}`", record.saga), value, ID)?;
    }
    let associations = to_json(&record.associations)?;
    let size = record.state.get().len() + associations.len();
    place.takes(format_args!("the state of saga `{}`", record.saga), size)?;
    let statement = place
        .statement(include_str!("sql/put_saga.sql"))
        .bind(record.saga.as_bytes())
        .bind(record.id.0)
        .bind(i64::from(record.code_version))
        .bind(record.started_at.as_millis())
        .bind(signed("position", record.last_event.0)?)
        .bind(associations)
        .bind(record.state.get());
    execute(connection, "saving a saga", statement).await?;
    let (saga, id) = (Value::Key(&record.saga), Value::Uuid(record.id.0));
    let mut script = Script::new(&place.texts);
    script.push(include_str!("sql/delete_associations.sql"), &[saga, id]);
    if !record.associations.is_empty() {
        script.push_list(include_str!("sql/put_associations.sql"), &[], |rows| {
            for (field, value) in &record.associations {
                rows.row(&[saga, Value::Key(field), Value::Key(value), id]);
            }
        });
    }
    execute_script(connection, "saving a saga", script.finish()).await
}

pub(super) async fn delete(
    connection: &mut MySqlConnection,
    place: &Place,
    saga: &str,
    id: SagaId,
) -> Result<bool, StoreError> {
    let values = [Value::Key(saga), Value::Uuid(id.0)];
    let mut script = Script::new(&place.texts);
    script.push(include_str!("sql/delete_timers.sql"), &values);
    script.push(include_str!("sql/delete_associations.sql"), &values);
    script.push(include_str!("sql/delete_saga.sql"), &values);
    changes_rows(connection, "ending a saga", script.finish()).await
}

fn record(row: &MySqlRow) -> Result<SagaRecord, StoreError> {
    let name = uuid(row, 1).map_or_else(|_| "without id".to_owned(), |id| id.to_string());
    decode(row).map_err(|reason| corrupt(format_args!("saga {name}"), reason))
}

fn decode(row: &MySqlRow) -> Result<SagaRecord, String> {
    let associations: Vec<(String, String)> = serde_json::from_str(text(row, 5)?)
        .map_err(|error| format!("its associations are no pairs of texts: {error}"))?;
    Ok(SagaRecord {
        saga: Cow::Owned(text(row, 0)?.to_owned()),
        id: SagaId(uuid(row, 1)?),
        code_version: unsigned(row, 2)?,
        started_at: Timestamp::from_millis(integer(row, 3)?),
        last_event: Position(unsigned(row, 4)?),
        associations: associations.into_iter().map(|(field, value)| (Cow::Owned(field), value)).collect(),
        state: json(row, 6)?,
    })
}

fn count(row: &MySqlRow) -> Result<SagaCount, StoreError> {
    let decode = || {
        Ok(SagaCount {
            saga: text(row, 0)?.to_owned(),
            code_version: unsigned(row, 1)?,
            live: unsigned(row, 2)?,
        })
    };
    decode().map_err(|reason: String| corrupt("the number of sagas", reason))
}

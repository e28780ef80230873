//! Saga states.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    PostgresStore,
    column::{integer, json, json_text, text, unsigned, uuid, without_nul},
    error::corrupt,
    place::Place,
    statement::execute,
};
use crate::{
    message::{Position, Timestamp},
    store::{
        SagaCount, SagaId, SagaRecord, SagaStore, StoreError,
        values::{limit, signed, to_json},
    },
};

#[async_trait]
impl SagaStore for PostgresStore {
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        // What cannot be stored cannot be found either.
        if [saga, association, value].iter().any(|text| text.contains('\0')) {
            return Ok(Vec::new());
        }
        let place = &self.inner.place;
        let statement =
            || place.statement(include_str!("sql/find_sagas.sql")).bind(saga).bind(association).bind(value);
        let (rows, _) = place.run("finding sagas", statement).await?;
        rows.iter().map(record).collect()
    }

    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/load_saga.sql")).bind(saga).bind(id.0);
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
                .bind(saga)
                .bind(after.map(|after| after.0))
                .bind(limit(max))
        };
        let (rows, _) = place.run("listing sagas", statement).await?;
        rows.iter().map(record).collect()
    }
}

pub(super) async fn put(
    connection: &mut PgConnection,
    place: &Place,
    record: &SagaRecord,
) -> Result<(), StoreError> {
    without_nul(format_args!("the name of saga {:?}", record.saga), &record.saga)?;
    for (field, value) in &record.associations {
        without_nul(format_args!("association {field:?} of saga `{}`", record.saga), field)?;
        without_nul(format_args!("association `{field}` of saga `{}`", record.saga), value)?;
    }
    let fields: Vec<&str> = record.associations.iter().map(|(field, _)| &**field).collect();
    let values: Vec<&str> = record.associations.iter().map(|(_, value)| value.as_str()).collect();
    let statement = place
        .statement(include_str!("sql/put_saga.sql"))
        .bind(record.saga.as_ref())
        .bind(record.id.0)
        .bind(i64::from(record.code_version))
        .bind(record.started_at.as_millis())
        .bind(signed("position", record.last_event.0)?)
        .bind(to_json(&record.associations)?)
        .bind(record.state.get())
        .bind(fields)
        .bind(values);
    execute(connection, "saving a saga", statement).await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    place: &Place,
    saga: &str,
    id: SagaId,
) -> Result<bool, StoreError> {
    let statement = place.statement(include_str!("sql/delete_saga.sql")).bind(saga).bind(id.0);
    Ok(execute(connection, "ending a saga", statement).await? > 0)
}

fn record(row: &PgRow) -> Result<SagaRecord, StoreError> {
    let name = uuid(row, 1).map_or_else(|_| "without id".to_owned(), |id| id.to_string());
    decode(row).map_err(|reason| corrupt(format_args!("saga {name}"), reason))
}

fn decode(row: &PgRow) -> Result<SagaRecord, String> {
    let associations: Vec<(String, String)> = serde_json::from_str(json_text(row, 5)?)
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

fn count(row: &PgRow) -> Result<SagaCount, StoreError> {
    let decode = || {
        Ok(SagaCount {
            saga: text(row, 0)?.to_owned(),
            code_version: unsigned(row, 1)?,
            live: unsigned(row, 2)?,
        })
    };
    decode().map_err(|reason: String| corrupt("the number of sagas", reason))
}

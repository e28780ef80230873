//! Saga states.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    column::{integer, json, text, unsigned, uuid},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{Position, Timestamp},
    store::{
        SagaCount, SagaId, SagaRecord, SagaStore, StoreError,
        values::{limit, signed, to_json},
    },
};

#[async_trait]
impl SagaStore for SqliteStore {
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement =
            sqlx::query(include_str!("sql/find_sagas.sql")).bind(saga).bind(association).bind(value);
        let rows = rows(reading.connection()?, "finding sagas", statement).await?;
        reading.done();
        rows.iter().map(record).collect()
    }

    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/load_saga.sql")).bind(saga).bind(id.to_string());
        let rows = rows(reading.connection()?, "reading a saga", statement).await?;
        reading.done();
        rows.first().map(record).transpose()
    }

    async fn count_sagas(&self) -> Result<Vec<SagaCount>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/count_sagas.sql"));
        let rows = rows(reading.connection()?, "counting sagas", statement).await?;
        reading.done();
        rows.iter().map(count).collect()
    }

    async fn list_sagas(
        &self,
        saga: &str,
        after: Option<SagaId>,
        max: usize,
    ) -> Result<Vec<SagaRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/list_sagas.sql"))
            .bind(saga)
            .bind(after.map(|after| after.to_string()).unwrap_or_default())
            .bind(limit(max));
        let rows = rows(reading.connection()?, "listing sagas", statement).await?;
        reading.done();
        rows.iter().map(record).collect()
    }
}

pub(super) async fn put(connection: &mut SqliteConnection, record: &SagaRecord) -> Result<(), StoreError> {
    let statement = sqlx::query(include_str!("sql/put_saga.sql"))
        .bind(record.saga.as_ref())
        .bind(record.id.to_string())
        .bind(record.code_version)
        .bind(record.started_at.as_millis())
        .bind(signed("position", record.last_event.0)?)
        .bind(to_json(&record.associations)?)
        .bind(record.state.get());
    execute(connection, "saving a saga", statement).await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    saga: &str,
    id: SagaId,
) -> Result<bool, StoreError> {
    let statement = sqlx::query(include_str!("sql/delete_saga.sql")).bind(saga).bind(id.to_string());
    Ok(execute(connection, "ending a saga", statement).await? > 0)
}

fn record(row: &SqliteRow) -> Result<SagaRecord, StoreError> {
    let name = text(row, 1).unwrap_or("without id");
    decode(row).map_err(|reason| corrupt(format_args!("saga {name}"), reason))
}

fn decode(row: &SqliteRow) -> Result<SagaRecord, String> {
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

fn count(row: &SqliteRow) -> Result<SagaCount, StoreError> {
    let decode = || {
        Ok(SagaCount {
            saga: text(row, 0)?.to_owned(),
            code_version: unsigned(row, 1)?,
            live: unsigned(row, 2)?,
        })
    };
    decode().map_err(|reason: String| corrupt("the number of sagas", reason))
}

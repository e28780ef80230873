//! Bringing a database to the present schema.

use std::sync::Arc;

use sqlx::PgConnection;

use super::{
    column::{get, unsigned},
    control,
    error::{corrupt, failed},
    place::Place,
    statement::{execute, rows},
};
use crate::store::StoreError;

/// The steps in order; the version of a schema is the number of steps that it has taken. A step that was released is never
/// changed.
const STEPS: &[&str] = &[
    include_str!("sql/migrations/0001_log.sql"),
    include_str!("sql/migrations/0002_consumers.sql"),
    include_str!("sql/migrations/0003_appends.sql"),
    include_str!("sql/migrations/0004_ownership.sql"),
    include_str!("sql/migrations/0005_timers.sql"),
    include_str!("sql/migrations/0006_saga_versions.sql"),
    include_str!("sql/migrations/0007_dead_deadlines.sql"),
    include_str!("sql/migrations/0008_dead_event_requests.sql"),
    include_str!("sql/migrations/0009_versions.sql"),
    include_str!("sql/migrations/0010_replays.sql"),
];

const DOING: &str = "preparing the schema";

/// Takes the missing steps in one transaction. Of two processes, the second waits and finds nothing left to do. A database
/// that has them all is only read: a role that may not create anything can use it.
pub(super) async fn run(connection: &mut PgConnection, place: &Arc<Place>) -> Result<(), StoreError> {
    control::begin(connection, place.texts.text(include_str!("sql/begin.sql")))
        .await
        .map_err(|error| failed(DOING, error))?;
    if found(connection, place).await? != Some(STEPS.len()) {
        let lock = place.statement(include_str!("sql/migration_lock.sql")).bind(place.texts.schema());
        rows(connection, DOING, lock).await?;
        steps(connection, place).await?;
    }
    control::commit(connection).await.map_err(|error| failed(DOING, error))
}

/// The version of the schema; `None` when there is none.
async fn found(connection: &mut PgConnection, place: &Arc<Place>) -> Result<Option<usize>, StoreError> {
    let (_, version_exists) = exist(connection, place).await?;
    if !version_exists {
        return Ok(None);
    }
    let version = place.statement(include_str!("sql/schema_version.sql"));
    let version = rows(connection, DOING, version).await?;
    let row = version.first().ok_or_else(|| corrupt("the schema's version", "there is none"))?;
    let found = unsigned::<u32>(row, 0).map_err(|reason| corrupt("the schema's version", reason))?;
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { store: place.describe.clone(), found, known });
    }
    Ok(Some(found as usize))
}

/// Whether the schema is there, and whether it has a version.
async fn exist(connection: &mut PgConnection, place: &Arc<Place>) -> Result<(bool, bool), StoreError> {
    let exists = place.statement(include_str!("sql/schema_exists.sql")).bind(place.texts.schema());
    let exists = rows(connection, DOING, exists).await?;
    let exists = exists.first().ok_or_else(|| corrupt("the catalogue", "it is empty"))?;
    let read = || Ok((get(exists, 0)?, get(exists, 1)?));
    read().map_err(|reason: String| corrupt("the catalogue", reason))
}

async fn steps(connection: &mut PgConnection, place: &Arc<Place>) -> Result<(), StoreError> {
    let (schema_exists, version_exists) = exist(connection, place).await?;
    if !schema_exists {
        script(connection, place, include_str!("sql/create_schema.sql")).await?;
    }
    if !version_exists {
        script(connection, place, include_str!("sql/create_version.sql")).await?;
    }
    let found = found(connection, place).await?.unwrap_or_default();
    for step in STEPS.iter().skip(found) {
        script(connection, place, step).await?;
    }
    let now = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let now = place.statement(include_str!("sql/set_schema_version.sql")).bind(now);
    execute(connection, DOING, now).await?;
    Ok(())
}

/// Runs a text of several statements.
async fn script(
    connection: &mut PgConnection,
    place: &Arc<Place>,
    text: &'static str,
) -> Result<(), StoreError> {
    let script = sqlx::raw_sql(place.texts.text(text)).execute(connection).await;
    script.map(drop).map_err(|error| failed(DOING, error))
}

//! Bringing a database to the present schema.
//!
//! The server commits after each statement that creates or changes a table, so nothing holds several of them together.
//! Each statement of a step can run again instead: two processes may take the same step at once, and one that was
//! interrupted is taken again.

use std::sync::Arc;

use sqlx::MySqlConnection;

use super::{
    column::unsigned,
    error::{Cause, cause, corrupt, failed},
    place::Place,
    script::Script,
    statement::{collect, execute, run_script},
};
use crate::store::StoreError;

/// The steps in order; the version of a schema is the number of steps that it has taken. A step that was released is never
/// changed.
const STEPS: &[&str] = &[
    include_str!("sql/migrations/0001_log.sql"),
    include_str!("sql/migrations/0002_consumers.sql"),
    include_str!("sql/migrations/0003_ownership.sql"),
    include_str!("sql/migrations/0004_nodes.sql"),
    include_str!("sql/migrations/0005_timers.sql"),
    include_str!("sql/migrations/0006_saga_versions.sql"),
    include_str!("sql/migrations/0007_dead_deadlines.sql"),
    include_str!("sql/migrations/0008_dead_event_keys.sql"),
    include_str!("sql/migrations/0009_pause_reasons.sql"),
    include_str!("sql/migrations/0010_dead_event_requests.sql"),
    include_str!("sql/migrations/0011_versions.sql"),
    include_str!("sql/migrations/0012_replays.sql"),
];

const DOING: &str = "preparing the schema";

/// How often a step is tried again that met another process.
const TRIES: usize = 10;

/// Takes the missing steps. A user who may not create anything can use a database that has them all.
pub(super) async fn run(connection: &mut MySqlConnection, place: &Arc<Place>) -> Result<(), StoreError> {
    let found = match found(connection, place).await? {
        Some(found) => found,
        None => {
            script(connection, place, include_str!("sql/create_version.sql")).await?;
            0
        }
    };
    script(connection, place, include_str!("sql/touch_version.sql")).await?;
    for (step, version) in STEPS.iter().zip(1_u32..).skip(found) {
        script(connection, place, step).await?;
        let set = include_str!("sql/set_schema_version.sql");
        let set = place.statement(set).bind(i64::from(version)).bind(i64::from(version));
        execute(connection, DOING, set).await?;
    }
    Ok(())
}

/// The version of the schema; `None` when there is none.
async fn found(connection: &mut MySqlConnection, place: &Arc<Place>) -> Result<Option<usize>, StoreError> {
    let version = place.statement(include_str!("sql/schema_version.sql")).persistent(false);
    let rows = match collect(connection, version).await {
        Ok((rows, _)) => rows,
        Err(error) if cause(&error) == Cause::Missing => return Ok(None),
        Err(error) => return Err(failed(DOING, error)),
    };
    // The table is made before its row.
    let Some(row) = rows.first() else { return Ok(Some(0)) };
    let found = unsigned::<u32>(row, 0).map_err(|reason| corrupt("the schema's version", reason))?;
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { store: place.describe.clone(), found, known });
    }
    Ok(Some(found as usize))
}

/// Runs the statements of a file.
async fn script(
    connection: &mut MySqlConnection,
    place: &Arc<Place>,
    text: &'static str,
) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let mut script = Script::new(&place.texts);
        script.push(text, &[]);
        let Err(broken) = run_script(connection, script.finish()).await else { return Ok(()) };
        match cause(&broken.error) {
            // A step that changes a table is one statement, which was done before.
            Cause::There => return Ok(()),
            Cause::Collision if tries < TRIES => {}
            _ => return Err(failed(DOING, broken.error)),
        }
        tries += 1;
    }
}

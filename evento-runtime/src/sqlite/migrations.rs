//! Bringing a file to the present schema.

use sqlx::SqliteConnection;

use super::{
    column, control,
    error::{corrupt, failed},
    place::Place,
    statement::{execute, rows},
    writer::undo,
};
use crate::store::StoreError;

/// The steps in order; the version of a schema is the number of steps that it has taken. A step that was released is never
/// changed.
const STEPS: &[&str] = &[
    include_str!("sql/migrations/0001_log.sql"),
    include_str!("sql/migrations/0002_consumers.sql"),
    include_str!("sql/migrations/0003_ownership.sql"),
    include_str!("sql/migrations/0004_timers.sql"),
    include_str!("sql/migrations/0005_saga_versions.sql"),
    include_str!("sql/migrations/0006_dead_deadlines.sql"),
    include_str!("sql/migrations/0007_dead_event_requests.sql"),
    include_str!("sql/migrations/0008_versions.sql"),
    include_str!("sql/migrations/0009_replays.sql"),
];

/// Takes the missing steps in one transaction, which writes in any case: that a file may only be read is told here and not
/// by the first append. Of two processes, the second finds nothing left to do.
pub(super) async fn run(connection: &mut SqliteConnection, place: &Place) -> Result<(), StoreError> {
    let mut patience = place.patience();
    while let Err(error) = control::begin(connection).await {
        if !patience.again(&error).await {
            return Err(failed("preparing the schema", error));
        }
    }
    let done = steps(connection, &place.describe).await;
    if done.is_err() {
        // The error that is being told says more than that of the rollback would.
        let _ = undo(connection).await;
        return done;
    }
    control::commit(connection).await.map_err(|error| failed("preparing the schema", error))
}

async fn steps(connection: &mut SqliteConnection, describe: &str) -> Result<(), StoreError> {
    let doing = "preparing the schema";
    let found = rows(connection, doing, sqlx::query(include_str!("sql/schema_version.sql"))).await?;
    let found = match found.first() {
        Some(row) => {
            column::unsigned::<u32>(row, 0).map_err(|reason| corrupt("the schema's version", reason))?
        }
        None => return Err(corrupt("the schema's version", "there is none")),
    };
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { store: describe.to_owned(), found, known });
    }
    for step in STEPS.iter().skip(found as usize) {
        execute(connection, doing, sqlx::query(*step).persistent(false)).await?;
    }
    let now = sqlx::query(include_str!("sql/set_schema_version.sql")).bind(known);
    execute(connection, doing, now).await?;
    Ok(())
}

//! Finding out what became of appends whose connection was lost.

use std::{collections::HashMap, time::Duration};

use sqlx::postgres::PgRow;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Appender, Log, Writing};
use crate::{
    message::{CommandId, Position},
    postgres::{
        column::{get, integer, unsigned, uuid},
        control,
        error::{corrupt, failed},
        statement::{answer, collect},
    },
    store::{AppendError, Appended, Begun, StoreError},
};

/// How long the server is tried again before the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(10);
const DELAY: Duration = Duration::from_millis(50);

/// What the log has of a command: the first event, when there is one.
struct Found {
    appended: Appended,
    event: Option<Uuid>,
}

/// Why it was not found out.
enum Unsettled {
    /// The server was not there.
    Again(sqlx::Error),
    /// It will not be found out by trying again.
    Never(AppendError),
}

/// Answers those whose events are in the log, and gives back those that are not and will not come: they may be appended
/// again. `None` when all were answered, for instance because nobody knows.
///
/// A lost connection may have left a statement at the server that has not begun yet. The lock of the head waits for what has
/// begun; what comes later names a fence that is no more, and does nothing.
pub(super) async fn settle(
    appender: &Appender,
    writing: &mut Writing,
    begun: Vec<Begun>,
    lost: sqlx::Error,
) -> Option<(Vec<Begun>, String)> {
    appender.place.note_loss(&lost);
    let reason = failed("appending", lost).to_string();
    let commands: Vec<Uuid> = begun.iter().map(|each| each.append().command.0).collect();
    let until = Instant::now() + PATIENCE;
    let mut found = loop {
        writing.disconnect();
        match look(appender, writing, &commands).await {
            Ok(found) => break found,
            Err(Unsettled::Again(_)) if Instant::now() < until => sleep(DELAY).await,
            Err(Unsettled::Again(error)) => {
                for (each, source) in begun.into_iter().zip(failed("settling an append", error).for_many()) {
                    each.answer(Err(AppendError::Unknown { source }));
                }
                return None;
            }
            Err(Unsettled::Never(error)) => {
                writing.rollback().await;
                locked_out(begun, error);
                return None;
            }
        }
    };
    let mut left = Vec::new();
    for each in begun {
        let append = each.append();
        let own = append.events.first().map(|event| event.id.0);
        match found.remove(&append.command) {
            Some(found) if found.event == own => each.answer(Ok(found.appended)),
            // Another append of the same command was faster; it is told as such when this one is tried again.
            _ => left.push(each),
        }
    }
    if left.is_empty() { None } else { Some((left, reason)) }
}

/// Answers all with one error.
pub(super) fn locked_out(begun: Vec<Begun>, error: AppendError) {
    match error {
        AppendError::LogWentBack { seen, found } => {
            for each in begun {
                each.answer(Err(AppendError::LogWentBack { seen, found }));
            }
        }
        AppendError::Store(error) => {
            for (each, error) in begun.into_iter().zip(error.for_many()) {
                each.answer(Err(error.into()));
            }
        }
        other => {
            let source = StoreError::Failed { reason: other.to_string(), source: None };
            for (each, source) in begun.into_iter().zip(source.for_many()) {
                each.answer(Err(AppendError::Unknown { source }));
            }
        }
    }
}

async fn look(
    appender: &Appender,
    writing: &mut Writing,
    commands: &[Uuid],
) -> Result<HashMap<CommandId, Found>, Unsettled> {
    let (place, seen) = (&appender.place, appender.seen());
    let connection = writing.connection().await.map_err(Unsettled::Again)?;
    let looked = answer(async {
        control::begin(connection, place.texts.text(include_str!("../sql/begin_append.sql"))).await?;
        let (head, _) =
            collect(connection, Log::statement(place, include_str!("../sql/lock_head.sql"), Some(seen)))
                .await?;
        let statement = place.statement(include_str!("../sql/settle.sql")).bind(commands);
        let (rows, _) = collect(connection, statement).await?;
        collect(connection, place.statement(include_str!("../sql/fence.sql"))).await?;
        control::commit(connection).await?;
        Ok((head, rows))
    });
    let (head, rows) = looked.await.map_err(Unsettled::Again)?;
    let (log, same) =
        Log::of(head.first()).map_err(|error| Unsettled::Never(AppendError::Unknown { source: error }))?;
    appender.find(Log { fence: log.fence + 1, ..log }, same).map_err(Unsettled::Never)?;
    rows.iter()
        .map(found)
        .collect::<Result<_, _>>()
        .map_err(|reason| corrupt("an entry of the ledger", reason))
        .map_err(|source| Unsettled::Never(AppendError::Unknown { source }))
}

fn found(row: &PgRow) -> Result<(CommandId, Found), String> {
    let count = integer(row, 2)?;
    let count = u32::try_from(count).map_err(|_| format!("{count} events are out of range"))?;
    let first_version = if count > 0 { unsigned(row, 3)? } else { 0 };
    let appended = Appended { first: Position(unsigned(row, 1)?), first_version, count };
    Ok((CommandId(uuid(row, 0)?), Found { appended, event: get(row, 4)? }))
}

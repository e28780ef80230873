//! Finding out what became of appends whose connection was lost.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
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
    store::{self, AppendError, Appended, Begun, Found, Settling, Unsettled},
};

/// Answers those whose events are in the log, and gives back those that are not, with the reason why the connection was lost.
pub(super) async fn settle(
    appender: &Appender,
    writing: &mut Writing,
    begun: Vec<Begun>,
    lost: sqlx::Error,
) -> Option<(Vec<Begun>, String)> {
    appender.place.note_loss(&lost);
    let left = store::settle(&mut Session { appender, writing }, begun).await?;
    Some((left, failed("appending", lost).to_string()))
}

/// The connection that appends, in the hands of one group.
struct Session<'a> {
    appender: &'a Appender,
    writing: &'a mut Writing,
}

impl Settling for Session<'_> {
    async fn look(&mut self, commands: &[Uuid]) -> Result<HashMap<CommandId, Found>, Unsettled> {
        self.writing.disconnect();
        look(self.appender, self.writing, commands).await
    }

    async fn rollback(&mut self) {
        self.writing.rollback().await;
    }
}

fn again(error: sqlx::Error) -> Unsettled {
    Unsettled::Again(failed("settling an append", error))
}

async fn look(
    appender: &Appender,
    writing: &mut Writing,
    commands: &[Uuid],
) -> Result<HashMap<CommandId, Found>, Unsettled> {
    let (place, seen) = (&appender.place, appender.seen());
    let connection = writing.connection().await.map_err(again)?;
    let looked = answer(async {
        control::begin(connection, place.texts.text(include_str!("../sql/begin_append.sql"))).await?;
        let head = Log::lock(connection, place, seen).await?;
        let statement = place.statement(include_str!("../sql/settle.sql")).bind(commands);
        let (rows, _) = collect(connection, statement).await?;
        collect(connection, place.statement(include_str!("../sql/fence.sql"))).await?;
        control::commit(connection).await?;
        Ok((head, rows))
    });
    let (head, rows) = looked.await.map_err(again)?;
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

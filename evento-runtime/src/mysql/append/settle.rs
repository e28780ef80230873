//! Finding out what became of appends whose connection was lost.

use std::collections::HashMap;

use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use super::{Appender, Log, Writing};
use crate::{
    message::{CommandId, Position},
    mysql::{
        column::{get, integer, unsigned, uuid},
        error::{corrupt, failed},
        script::{Script, Value},
        statement::run_script,
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
    let mut script = Script::new(&place.texts);
    script.push(include_str!("../sql/begin_append.sql"), &[]);
    seen.lock(&mut script);
    script.push_list(include_str!("../sql/settle.sql"), &[], |list| {
        for command in commands {
            list.value(Value::Uuid(*command));
        }
    });
    script.push(include_str!("../sql/fence.sql"), &[]);
    script.push(include_str!("../sql/commit.sql"), &[]);
    let answers = run_script(connection, script.finish()).await;
    let mut answers = answers.map_err(|broken| again(broken.error))?.into_iter().skip(2);
    let (head, rows) = (answers.next().unwrap_or_default().rows, answers.next().unwrap_or_default().rows);
    let (log, same) = Log::compared(head.first())
        .map_err(|error| Unsettled::Never(AppendError::Unknown { source: error }))?;
    appender.find(Log { fence: log.fence + 1, ..log }, same).map_err(Unsettled::Never)?;
    rows.iter()
        .map(found)
        .collect::<Result<_, _>>()
        .map_err(|reason| corrupt("an entry of the ledger", reason))
        .map_err(|source| Unsettled::Never(AppendError::Unknown { source }))
}

fn found(row: &MySqlRow) -> Result<(CommandId, Found), String> {
    let count = integer(row, 2)?;
    let count = u32::try_from(count).map_err(|_| format!("{count} events are out of range"))?;
    let first_version = if count > 0 { unsigned(row, 3)? } else { 0 };
    let appended = Appended { first: Position(unsigned(row, 1)?), first_version, count };
    Ok((CommandId(uuid(row, 0)?), Found { appended, event: get(row, 4)? }))
}

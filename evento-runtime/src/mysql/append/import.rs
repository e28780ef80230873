//! Writing the events of another log, under the lock of the head.

use sqlx::{MySqlConnection, mysql::MySqlRow};
use uuid::Uuid;

use super::{
    Appender, Log, Writing,
    locked::{Placed, write_events},
};
use crate::{
    message::{MessageId, Position},
    mysql::{
        column::{ID, get},
        error::{Cause, cause, corrupt, failed},
        place::Place,
        script::{Script, Value},
        statement::{Broken, run_script},
    },
    store::{
        AppendError, GroupWriter, LogImport, LogImportError, LogMark, StoreError, StreamState, values::bound,
    },
};

/// Writes the events in a transaction of its own.
pub(in crate::mysql) async fn import(
    appender: &Appender,
    import: &LogImport,
) -> Result<LogMark, LogImportError> {
    let mut writing = appender.lease().await?;
    let written = once(appender, &mut writing, import).await;
    match &written {
        Ok(fence) => {
            let end = import.end();
            let event = end.event.map(|event| event.0);
            let (head, incarnation) = (end.position.0, import.incarnation);
            appender.found(Log { head, incarnation, fence: *fence, event });
        }
        // Nobody knows what the connection is doing.
        Err(LogImportError::Store(StoreError::Unavailable { .. })) => writing.disconnect(),
        Err(_) => writing.rollback().await,
    }
    writing.done();
    written.map(|_| import.end())
}

/// Writes the events. Returns the fence that was found.
async fn once(appender: &Appender, writing: &mut Writing, import: &LogImport) -> Result<i64, LogImportError> {
    let place = &*appender.place;
    let failing = |error: sqlx::Error| {
        appender.place.note_loss(&error);
        failed("beginning to import", error)
    };
    let connection = writing.connection().await.map_err(failing)?;
    let mut known = Vec::new();
    let mut found = None;
    let streams = import.streams();
    // Ids may be long: no more of them at once than a script has room for. The first script locks the head.
    let at_once = (place.longest_script() / (4 * ID)).max(1);
    let mut parts = streams.chunks(at_once);
    loop {
        let part = parts.next().unwrap_or_default();
        if part.is_empty() && found.is_some() {
            break;
        }
        let mut script = Script::new(&place.texts);
        if found.is_none() {
            script.push(include_str!("../sql/begin_append.sql"), &[]);
            appender.seen().lock(&mut script);
        }
        if !part.is_empty() {
            script.push_list(include_str!("../sql/look.sql"), &[], |list| {
                for (stream, ordinal) in part.iter().zip(0..) {
                    let (kind, id) = (Value::Key(&stream.kind), Value::Key(&stream.id));
                    // There is no command.
                    let values = [Value::Number(ordinal), kind, id, Value::Uuid(Uuid::nil())];
                    list.union(include_str!("../sql/look_for.sql"), &values);
                }
            });
        }
        let looked = run_script(connection, script.finish()).await;
        let looked = looked.map_err(|Broken { error, .. }| failing(error))?;
        let mut answers = looked.iter().filter(|answered| !answered.rows.is_empty());
        if found.is_none() {
            // The first one is the lock.
            let head = answers.nth(1).and_then(|answered| answered.rows.first());
            found = Some(Log::compared(head)?);
        }
        let rows = answers.next().map_or(&[][..], |answered| &answered.rows);
        let states = rows.iter().map(state).collect::<Result<Vec<_>, _>>();
        known.extend(states.map_err(|reason| corrupt("what is known of streams", reason))?);
    }
    let (log, same) = found.ok_or_else(|| corrupt("the head of the log", "there is none"))?;
    if let Err(AppendError::LogWentBack { seen, found }) = appender.find(log, same) {
        return Err(StoreError::LogWentBack { seen, found }.into());
    }
    let mark = LogMark { position: Position(log.head), event: log.event.map(MessageId) };
    import.check_place(log.incarnation, mark)?;
    import.check_streams(known)?;
    write(appender, place, connection, import).await?;
    Ok(log.fence)
}

fn state(row: &MySqlRow) -> Result<StreamState, String> {
    let version = get::<Option<i64>>(row, 1)?.unwrap_or_default();
    let version = u64::try_from(version).map_err(|_| format!("version {version} is out of range"))?;
    Ok(StreamState { version, closed: get::<Option<i64>>(row, 2)?.unwrap_or_default() != 0 })
}

/// Writes the events in as few trips as the server takes, and commits with the last one.
async fn write(
    appender: &Appender,
    place: &Place,
    connection: &mut MySqlConnection,
    import: &LogImport,
) -> Result<(), StoreError> {
    let failing = |error: sqlx::Error| {
        appender.place.note_loss(&error);
        match cause(&error) {
            Cause::Lost | Cause::Collision => StoreError::Unavailable {
                reason: "the connection was lost while importing".to_owned(),
                source: Some(Box::new(error)),
            },
            _ => failed("importing", error),
        }
    };
    let placed = import.records.iter().map(|record| Placed {
        event: &record.event.message,
        position: bound(record.event.position.0),
        version: bound(record.event.message.version),
        closes: record.closes,
    });
    let script = Script::new(&place.texts);
    let written = write_events(place, connection, script, placed).await;
    let mut script = written.map_err(|unwritten| unwritten.into_store_error(failing))?;
    let purged: Vec<i64> = import
        .records
        .iter()
        .filter(|record| record.purged)
        .map(|record| bound(record.event.position.0))
        .collect();
    if !purged.is_empty() {
        script.push_list(include_str!("../sql/bury_events.sql"), &[], |list| {
            for position in purged {
                list.value(Value::Number(position));
            }
        });
    }
    let end = Value::Number(bound(import.end().position.0));
    script.push(include_str!("../sql/take_over.sql"), &[end, Value::Uuid(import.incarnation)]);
    script.push(include_str!("../sql/commit.sql"), &[]);
    run_script(connection, script.finish()).await.map(drop).map_err(|broken| failing(broken.error))
}

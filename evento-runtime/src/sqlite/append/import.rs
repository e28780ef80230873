//! Writing the events of another log.

use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Appender, look::Log};
use crate::{
    message::{MessageId, Position},
    sqlite::{
        column::{integer, optional_text, text, unsigned, uuid},
        error::{Cause, cause, corrupt, failed},
        statement::{collect, rows},
        writer::Writing,
    },
    store::{
        LogImport, LogImportError, LogMark, StoreError, StreamState,
        values::{bound, metadata_json, to_json},
    },
};

/// Writes the events in a transaction of its own.
pub(in crate::sqlite) async fn import(
    appender: &Appender,
    import: &LogImport,
) -> Result<LogMark, LogImportError> {
    let mut writing = appender.writer.acquire().await?;
    writing.begin().await?;
    let written = match once(appender, &mut writing, import).await {
        Ok(()) => writing.commit().await.map_err(LogImportError::from),
        Err(error) => {
            writing.rollback().await;
            Err(error)
        }
    };
    written?;
    let (end, incarnation) = (import.end(), import.incarnation.simple().to_string());
    let event = end.event.map(|event| event.0);
    appender.found(Log { incarnation, head: end.position.0, event });
    Ok(end)
}

async fn once(appender: &Appender, writing: &mut Writing, import: &LogImport) -> Result<(), LogImportError> {
    let streams = import.streams();
    let wanted: Vec<_> = streams.iter().map(|stream| (&stream.kind, &*stream.id)).collect();
    let seen = appender.seen();
    let look = sqlx::query(include_str!("../sql/import_look.sql"))
        .bind(to_json(&wanted)?)
        .bind(seen.as_ref().map(|log| &*log.incarnation))
        .bind(seen.as_ref().map(|log| bound(log.head)))
        .bind(seen.as_ref().and_then(|log| log.event).map(|event| event.to_string()));
    let found = rows(writing.connection()?, "beginning to import", look).await?;
    let found = found.first().ok_or_else(|| "there is none".to_owned());
    let found = found.and_then(|row| read(row, streams.len()));
    let (log, incarnation, same, known) = found.map_err(|reason| corrupt("the head of the log", reason))?;
    let head = LogMark { position: Position(log.head), event: log.event.map(MessageId) };
    if let Some((seen, found)) = appender.went_back(&log, same) {
        appender.head.send_replace(found);
        return Err(StoreError::LogWentBack { seen, found }.into());
    }
    import.check_place(incarnation, head)?;
    import.check_streams(known)?;
    let statement = sqlx::query(include_str!("../sql/import.sql"))
        .bind(events(import)?)
        .bind(bound(import.end().position.0))
        .bind(import.incarnation.simple().to_string());
    match collect(writing.connection()?, statement).await {
        Ok(_) => Ok(()),
        Err(error) => {
            if cause(&error) == Cause::Lost {
                writing.disconnect();
            }
            Err(failed("importing", error).into())
        }
    }
}

/// What is known of a stream: ordinal, version, whether it is closed.
type FoundStream = (usize, u64, u8);

fn read(row: &SqliteRow, streams: usize) -> Result<(Log, Uuid, bool, Vec<StreamState>), String> {
    let event = optional_text(row, 2)?.map(|_| uuid(row, 2)).transpose()?;
    let log = Log { head: unsigned(row, 0)?, incarnation: text(row, 1)?.to_owned(), event };
    let found: Vec<FoundStream> = serde_json::from_str(text(row, 4)?).map_err(|error| error.to_string())?;
    let mut known = vec![StreamState::default(); streams];
    for (ordinal, version, closed) in found {
        if let Some(known) = known.get_mut(ordinal) {
            *known = StreamState { version, closed: closed != 0 };
        }
    }
    Ok((log, uuid(row, 1)?, integer(row, 3)? != 0, known))
}

fn events(import: &LogImport) -> Result<String, StoreError> {
    let mut rows = Vec::with_capacity(import.records.len());
    for record in &import.records {
        let event = &record.event.message;
        rows.push((
            record.event.position,
            event.id,
            &event.stream.kind,
            &*event.stream.id,
            event.version,
            &event.name,
            event.payload_version,
            &event.context,
            event.correlation_id,
            event.causation_id,
            event.timestamp,
            record.closes,
            record.purged,
            metadata_json(event)?,
            event.payload.get(),
        ));
    }
    to_json(&rows)
}

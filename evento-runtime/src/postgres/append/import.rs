//! Writing the events of another log, under the lock of the head.

use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{Appender, Log, Writing, fast::Events};
use crate::{
    message::{MessageId, Position},
    postgres::{
        column::{get, unsigned},
        control,
        error::{Cause, cause, corrupt, failed},
        place::Place,
        statement::{Statement, answer, collect},
    },
    store::{
        AppendError, GroupWriter, LogImport, LogImportError, LogMark, StoreError, StreamState, values::bound,
    },
};

/// Writes the events in a transaction of its own.
pub(in crate::postgres) async fn import(
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
        Err(_) => {}
    }
    writing.done().await;
    written.map(|_| import.end())
}

/// Writes the events. Returns the fence that was found.
async fn once(appender: &Appender, writing: &mut Writing, import: &LogImport) -> Result<i64, LogImportError> {
    let place = &*appender.place;
    let doing = "beginning to import";
    let failing = |error: sqlx::Error| {
        appender.place.note_loss(&error);
        failed(doing, error)
    };
    let streams = import.streams();
    let seen = appender.seen();
    let connection = writing.connection().await.map_err(failing)?;
    let looked = answer(async {
        control::begin(connection, place.texts.text(include_str!("../sql/begin_append.sql"))).await?;
        let head = Log::lock(connection, place, seen).await?;
        let look = place
            .statement(include_str!("../sql/look.sql"))
            .bind(streams.iter().map(|stream| stream.kind.as_ref()).collect::<Vec<_>>())
            .bind(streams.iter().map(|stream| &*stream.id).collect::<Vec<_>>())
            // There is no command.
            .bind(vec![Uuid::nil(); streams.len()]);
        Ok((head, collect(connection, look).await?.0))
    });
    let (head, found) = looked.await.map_err(failing)?;
    let (log, same) = Log::of(head.first())?;
    if let Err(AppendError::LogWentBack { seen, found }) = appender.find(log, same) {
        return Err(StoreError::LogWentBack { seen, found }.into());
    }
    let mark = LogMark { position: Position(log.head), event: log.event.map(MessageId) };
    import.check_place(log.incarnation, mark)?;
    let known = found.iter().map(state).collect::<Result<Vec<_>, _>>();
    import.check_streams(known.map_err(|reason| corrupt("what is known of streams", reason))?)?;
    let channel = if import.records.is_empty() { None } else { appender.telling.channel() };
    let tells = channel.is_some();
    let written = answer(async {
        collect(connection, statement(place, import, channel)?).await?;
        control::commit(connection).await
    });
    written.await.map_err(|error: sqlx::Error| {
        appender.place.note_loss(&error);
        match cause(&error) {
            Cause::Lost => StoreError::Unavailable {
                reason: "the connection was lost while importing".to_owned(),
                source: Some(Box::new(error)),
            },
            _ => failed("importing", error),
        }
    })?;
    if tells {
        appender.telling.told();
    }
    Ok(log.fence)
}

fn state(row: &PgRow) -> Result<StreamState, String> {
    Ok(StreamState { version: unsigned(row, 1)?, closed: get(row, 2)? })
}

fn statement<'q>(
    place: &Place,
    import: &'q LogImport,
    channel: Option<String>,
) -> Result<Statement<'q>, sqlx::Error> {
    let mut events = Events::default();
    for record in &import.records {
        events.push(&record.event.message).map_err(|error| sqlx::Error::Encode(error.into()))?;
    }
    let messages = || import.records.iter().map(|record| &record.event.message);
    let statement = place
        .statement(include_str!("../sql/import.sql"))
        .bind(import.records.iter().map(|record| bound(record.event.position.0)).collect::<Vec<_>>())
        .bind(messages().map(|event| event.stream.kind.as_ref()).collect::<Vec<_>>())
        .bind(messages().map(|event| &*event.stream.id).collect::<Vec<_>>())
        .bind(messages().map(|event| bound(event.version)).collect::<Vec<_>>())
        .bind(events.ids)
        .bind(events.names)
        .bind(events.payload_versions)
        .bind(events.contexts)
        .bind(events.correlation_ids)
        .bind(events.causation_ids)
        .bind(events.timestamps)
        .bind(import.records.iter().map(|record| record.closes).collect::<Vec<_>>())
        .bind(import.records.iter().map(|record| record.purged).collect::<Vec<_>>())
        .bind(events.sizes)
        .bind(events.metadata)
        .bind(events.payloads)
        .bind(bound(import.end().position.0))
        .bind(import.incarnation)
        .bind(channel);
    Ok(statement)
}

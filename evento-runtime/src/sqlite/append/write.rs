//! Writing what was decided.

use super::look::Log;
use crate::{
    message::Position,
    sqlite::{
        column::unsigned,
        error::{Cause, cause, failed},
        statement::collect,
        writer::Writing,
    },
    store::{
        Append, Batch, StoreError,
        values::{bound, metadata_json, to_json},
    },
};

/// Why a batch was not written.
pub(super) enum Failure {
    /// The connection was lost, so it may have been.
    Lost(sqlx::Error),
    /// Nothing was.
    Refused(StoreError),
}

/// Appends one event behind an expected version. `None` when nothing was written, for whatever reason.
pub(super) async fn append_one(
    writing: &mut Writing,
    append: &Append,
    expected: i64,
    log: &Log,
) -> Result<Option<Position>, sqlx::Error> {
    let Some(event) = append.events.first() else { return Ok(None) };
    let recording = &append.recording;
    let metadata = metadata_json(event).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let statement = sqlx::query(include_str!("../sql/append_one.sql"))
        .bind(append.command.to_string())
        .bind(&recording.name)
        .bind(recording.digest.cast_signed())
        .bind(recording.cause.map(|cause| cause.to_string()))
        .bind(recording.at.as_millis())
        .bind(append.stream.kind.as_ref())
        .bind(&*append.stream.id)
        .bind(expected.saturating_add(1))
        .bind(event.id.to_string())
        .bind(event.name.as_ref())
        .bind(event.payload_version)
        .bind(event.context.as_str())
        .bind(event.correlation_id.to_string())
        .bind(event.causation_id.to_string())
        .bind(event.timestamp.as_millis())
        .bind(append.closes)
        .bind(metadata)
        .bind(event.payload.get())
        .bind(&log.incarnation)
        .bind(bound(log.head))
        .bind(log.event.map(|event| event.to_string()));
    writing.unsettled();
    let connection = writing.connection().map_err(|_| sqlx::Error::WorkerCrashed)?;
    let (rows, _) = collect(connection, statement).await?;
    writing.settled();
    // It is committed; a position that cannot be read would be a lie of SQLite's.
    let first = rows.first().map(|row| unsigned(row, 0)).transpose();
    first.map(|first| first.map(Position)).map_err(sqlx::Error::Protocol)
}

/// Writes a batch and commits; otherwise rolls back.
pub(super) async fn write(writing: &mut Writing, batch: &Batch<'_>) -> Result<(), Failure> {
    if batch.accepted.is_empty() {
        writing.rollback().await;
        return Ok(());
    }
    let texts = ledger_rows(batch).and_then(|ledger| Ok((ledger, event_rows(batch)?)));
    let (ledger, events) = match texts {
        Ok(texts) => texts,
        Err(error) => {
            writing.rollback().await;
            return Err(Failure::Refused(error));
        }
    };
    let statement =
        sqlx::query(include_str!("../sql/write.sql")).bind(ledger).bind(events).bind(bound(batch.head));
    match collect(writing.connection().map_err(Failure::Refused)?, statement).await {
        Ok(_) => {
            writing.settled();
            Ok(())
        }
        Err(error) if cause(&error) == Cause::Lost => {
            writing.disconnect();
            Err(Failure::Lost(error))
        }
        Err(error) => {
            writing.rollback().await;
            Err(Failure::Refused(failed("appending", error)))
        }
    }
}

fn ledger_rows(batch: &Batch<'_>) -> Result<String, StoreError> {
    let rows: Vec<_> = batch
        .accepted
        .iter()
        .map(|(append, appended)| {
            let recording = &append.recording;
            (
                append.command,
                &recording.name,
                recording.digest.cast_signed(),
                recording.cause,
                recording.at,
                appended.first,
                appended.count,
            )
        })
        .collect();
    to_json(&rows)
}

fn event_rows(batch: &Batch<'_>) -> Result<String, StoreError> {
    let mut rows = Vec::with_capacity(usize::try_from(batch.head).unwrap_or_default().min(64));
    for (append, appended) in &batch.accepted {
        let last = append.events.len().saturating_sub(1);
        for (ordinal, event) in (0_u64..).zip(&append.events) {
            let metadata = metadata_json(event)?;
            rows.push((
                appended.first.0 + ordinal,
                event.id,
                &append.stream.kind,
                &*append.stream.id,
                appended.first_version + ordinal,
                &event.name,
                event.payload_version,
                &event.context,
                event.correlation_id,
                event.causation_id,
                event.timestamp,
                append.closes && ordinal == last as u64,
                metadata,
                event.payload.get(),
            ));
        }
    }
    to_json(&rows)
}

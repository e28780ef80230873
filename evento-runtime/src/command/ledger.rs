//! A command is handled once: what the ledger knows of it is its answer.

use serde::{Deserialize, Serialize};
use tracing::{Instrument, Span, debug_span};

use super::Task;
use crate::{
    capability::Origin,
    environment::Environment,
    message::{Position, StreamId},
    metrics,
    outcome::{Receipt, Rejection, SendError},
    payload::hash,
    store::{LedgerEntry, LedgerOutcome, LogMark, LogQuery, Recording, StoreError},
};

/// A rejection as the ledger keeps it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recorded {
    Rejected(String),
    NotFound,
    AlreadyExists,
    Deleted,
}

/// What the ledger is to keep of a command.
pub(super) fn recording(task: &Task, environment: &Environment) -> Recording {
    Recording {
        name: task.name().to_owned(),
        digest: digest(task),
        cause: task.cause,
        at: environment.clock.now(),
    }
}

/// Tells one payload from another, whatever the order of the fields in its JSON: a map that is written twice may be written
/// in two orders. An id that nobody can repeat needs none.
fn digest(task: &Task) -> u64 {
    if task.origin == Origin::Fresh {
        return 0;
    }
    // `Value` keeps the fields of objects in the order of their names.
    let canonical = serde_json::from_str::<serde_json::Value>(task.message.payload.get());
    let payload = canonical.map_or_else(|_| task.message.payload.get().to_owned(), |value| value.to_string());
    hash(task.name()) ^ hash(&payload).rotate_left(1)
}

/// The outcome of a command that was handled before. Not asked for an id that nobody can have used before.
pub(super) async fn known(
    task: &Task,
    stream: Option<&StreamId>,
    environment: &Environment,
) -> Result<Option<Receipt>, SendError> {
    if task.origin == Origin::Fresh {
        return Ok(None);
    }
    let entry = environment.store.ledger_entry(task.message.id).instrument(span(task)).await;
    match entry.map_err(SendError::Store)? {
        Some(entry) => answer(task, stream, entry, environment).await.map(Some),
        None => Ok(None),
    }
}

/// The answer to a command that the ledger knows.
pub(super) async fn answer(
    task: &Task,
    stream: Option<&StreamId>,
    entry: LedgerEntry,
    environment: &Environment,
) -> Result<Receipt, SendError> {
    if entry.recording.name != task.name() || entry.recording.digest != digest(task) {
        if task.origin != Origin::Derived {
            return Err(SendError::IdReused { id: task.message.id, known: entry.recording.name });
        }
        // The first payload wins: what was decided on it may have been seen by others since.
        metrics::resent_differently(task.name());
        tracing::warn!(
            command = task.name(),
            id = %task.message.id,
            cause = ?task.cause,
            "nondeterministic_resend: a repeated handler sent another payload than the first time"
        );
    }
    match entry.outcome {
        LedgerOutcome::Accepted { first, count } => {
            let events = stored(first, count, environment).await.map_err(SendError::Store)?;
            Ok(Receipt { command: task.message.id, events: events.into(), repeated: true, suppressed: false })
        }
        LedgerOutcome::Rejected { reason } => Err(revive(task, stream, reason)),
    }
}

/// The events that a command was accepted with.
async fn stored(
    first: Position,
    count: u32,
    environment: &Environment,
) -> Result<Vec<crate::message::StoredEvent>, StoreError> {
    let mut events = Vec::new();
    let until = Position(first.0 + u64::from(count) - u64::from(count > 0));
    let mut after = LogMark::from(Position(first.0.saturating_sub(1)));
    while count > 0 && after.position < until {
        let query = LogQuery {
            after,
            until: Some(until),
            max_events: count as usize,
            max_bytes: usize::MAX,
            ..LogQuery::default()
        };
        let span = debug_span!("read_log", after = after.position.0);
        let page = environment.store.read_log(&query).instrument(span).await?;
        if page.scanned.position <= after.position {
            break;
        }
        after = page.scanned;
        events.extend(page.events);
    }
    Ok(events)
}

/// Gives back the answer that counts: that of whoever was first. Another process may have handled the same command since the
/// ledger was asked, and what it did may be just what stands in the way of doing it again.
///
/// The rejection of a derived id is recorded, so that the handler that sent it gets the same answer when it is repeated.
pub(super) async fn reject(
    task: &Task,
    stream: Option<&StreamId>,
    error: SendError,
    environment: &Environment,
) -> Result<Receipt, SendError> {
    let recorded = match &error {
        SendError::Rejected(rejection) if !crate::outcome::is_transient_cause(rejection) => {
            Recorded::Rejected(rejection.reason().to_owned())
        }
        SendError::NotFound { .. } => Recorded::NotFound,
        SendError::AlreadyExists { .. } => Recorded::AlreadyExists,
        SendError::Deleted { .. } => Recorded::Deleted,
        _ => return Err(error),
    };
    if task.origin != Origin::Derived {
        return known(task, stream, environment).await?.ok_or(error);
    }
    let Ok(reason) = serde_json::to_string(&recorded) else { return Err(error) };
    let recording = recording(task, environment);
    let noting = environment.store.record_rejection(task.message.id, recording, reason);
    match noting.instrument(span(task)).await {
        Ok(None) => Err(error),
        Ok(Some(entry)) => answer(task, stream, entry, environment).await,
        Err(failed) => Err(SendError::Store(failed)),
    }
}

/// Covers looking into the ledger, and writing there.
fn span(task: &Task) -> Span {
    debug_span!("ledger", command = task.name(), id = %task.message.id)
}

fn revive(task: &Task, stream: Option<&StreamId>, reason: String) -> SendError {
    let command = task.name();
    match (serde_json::from_str(&reason), stream.cloned()) {
        (Ok(Recorded::NotFound), Some(stream)) => SendError::NotFound { command, stream },
        (Ok(Recorded::AlreadyExists), Some(stream)) => SendError::AlreadyExists { command, stream },
        (Ok(Recorded::Deleted), Some(stream)) => SendError::Deleted { command, stream },
        (Ok(Recorded::Rejected(reason)), _) => SendError::Rejected(Rejection::recorded(command, reason)),
        _ => SendError::Rejected(Rejection::recorded(command, reason)),
    }
}

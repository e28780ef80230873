//! Looking up what is known before anything is decided.

use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::{
    sqlite::{
        column::{integer, optional_text, text, unsigned, uuid},
        error::{corrupt, failed},
        ledger,
        statement::collect,
        writer::Writing,
    },
    store::{
        Append, Known, StoreError, StreamState,
        values::{bound, to_json},
    },
};

/// Which log it was, and how far it had come.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) incarnation: String,
    pub(super) head: u64,
    /// The event at the head.
    pub(super) event: Option<Uuid>,
}

/// What was found in the file.
pub(super) struct Found {
    pub(super) log: Log,
    /// Whether all that was seen of the log before is still there.
    pub(super) same: bool,
    /// What is known of each append.
    pub(super) known: Vec<Known>,
}

/// Begins as a writer, and looks up what is known of commands and streams.
pub(super) async fn look(
    writing: &mut Writing,
    appends: &[&Append],
    seen: Option<&Log>,
) -> Result<Found, StoreError> {
    let wanted: Vec<_> =
        appends.iter().map(|append| (&append.stream.kind, &*append.stream.id, append.command)).collect();
    let wanted = to_json(&wanted)?;
    let mut patience = writing.patience();
    let rows = loop {
        writing.unsettled();
        let look = sqlx::query(include_str!("../sql/look.sql"))
            .bind(&wanted)
            .bind(seen.map(|log| &*log.incarnation))
            .bind(seen.map(|log| bound(log.head)))
            .bind(seen.and_then(|log| log.event).map(|event| event.to_string()));
        match collect(writing.connection()?, look).await {
            Ok((rows, _)) => break rows,
            Err(error) => {
                writing.rollback().await;
                if !patience.again(&error).await {
                    return Err(failed("beginning to append", error));
                }
            }
        }
    };
    let known = read_known(writing, &rows, appends).await;
    if known.is_err() {
        writing.rollback().await;
    }
    known
}

/// What is known of the stream of an append, and of its command: ordinal, version, whether it is closed, whether there is an
/// entry.
type FoundAppend = (usize, Option<u64>, Option<u8>, u8);

async fn read_known(
    writing: &mut Writing,
    rows: &[SqliteRow],
    appends: &[&Append],
) -> Result<Found, StoreError> {
    let read = || {
        let row = rows.first().ok_or("there is none")?;
        let event = optional_text(row, 2)?.map(|_| uuid(row, 2)).transpose()?;
        let log = Log { head: unsigned(row, 0)?, incarnation: text(row, 1)?.to_owned(), event };
        let same = integer(row, 3)? != 0;
        let found: Vec<FoundAppend> =
            serde_json::from_str(text(row, 4)?).map_err(|error| error.to_string())?;
        Ok((log, same, found))
    };
    let (log, same, found) = read().map_err(|reason: String| corrupt("the head of the log", reason))?;
    let mut known: Vec<Known> = appends.iter().map(|_| Known::default()).collect();
    for (ordinal, version, closed, handled) in found {
        if let (Some(known), Some(append)) = (known.get_mut(ordinal), appends.get(ordinal)) {
            known.stream = StreamState {
                version: version.unwrap_or(0),
                closed: closed.is_some_and(|closed| closed != 0),
            };
            if handled != 0 {
                known.entry = ledger::find(writing.connection()?, append.command).await?;
            }
        }
    }
    Ok(Found { log, same, known })
}

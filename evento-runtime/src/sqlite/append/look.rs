//! Looking up what is known before anything is decided.

use sqlx::sqlite::SqliteRow;

use crate::{
    sqlite::{
        column::{text, to_json, unsigned},
        error::{corrupt, failed},
        ledger,
        statement::collect,
        writer::Writing,
    },
    store::{Append, Known, StoreError, StreamState},
};

/// Which log it was, and how far it had come.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) incarnation: String,
    pub(super) head: u64,
}

/// Begins as a writer, and looks up what is known of commands and streams.
pub(super) async fn look(
    writing: &mut Writing,
    appends: &[&Append],
) -> Result<(Log, Vec<Known>), StoreError> {
    let wanted: Vec<_> =
        appends.iter().map(|append| (&append.stream.kind, &*append.stream.id, append.command)).collect();
    let wanted = to_json(&wanted)?;
    let mut patience = writing.patience();
    let rows = loop {
        writing.unsettled();
        let look = sqlx::query(include_str!("../sql/look.sql")).bind(&wanted);
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
type Found = (usize, Option<u64>, Option<u8>, u8);

async fn read_known(
    writing: &mut Writing,
    rows: &[SqliteRow],
    appends: &[&Append],
) -> Result<(Log, Vec<Known>), StoreError> {
    let read = || {
        let row = rows.first().ok_or("there is none")?;
        let log = Log { head: unsigned(row, 0)?, incarnation: text(row, 1)?.to_owned() };
        let found: Vec<Found> = serde_json::from_str(text(row, 2)?).map_err(|error| error.to_string())?;
        Ok((log, found))
    };
    let (log, found) = read().map_err(|reason: String| corrupt("the head of the log", reason))?;
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
    Ok((log, known))
}

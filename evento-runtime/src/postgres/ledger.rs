//! The command ledger.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{
    PostgresStore,
    column::{get, integer, text, unsigned, without_nul, words},
    error::corrupt,
    place::Place,
    statement::Statement,
};
use crate::{
    message::{CommandId, MessageId, Position, Timestamp},
    store::{CommandLedger, LedgerEntry, LedgerOutcome, Recording, StoreError},
};

#[async_trait]
impl CommandLedger for PostgresStore {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        find(&self.inner.place, command).await
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        without_nul(format_args!("the name of command {command}"), &recording.name)?;
        let place = &self.inner.place;
        let reason = words(&reason);
        let statement = || {
            place
                .statement(include_str!("sql/record_rejection.sql"))
                .bind(command.0)
                .bind(recording.name.as_str())
                .bind(recording.digest.cast_signed())
                .bind(recording.cause.map(|cause| cause.0))
                .bind(recording.at.as_millis())
                .bind(reason.as_str())
        };
        loop {
            let (_, recorded) = place.run("recording a rejection", statement).await?;
            if recorded > 0 {
                return Ok(None);
            }
            // Without an entry, another process has just forgotten the one that was in the way.
            if let Some(known) = find(place, command).await? {
                return Ok(Some(known));
            }
        }
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/forget_rejections.sql")).bind(cause.0);
        let (_, forgotten) = place.run("forgetting rejections", statement).await?;
        Ok(forgotten)
    }
}

async fn find(place: &Arc<Place>, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
    let (rows, _) = place.run("reading the ledger", || statement(place, command)).await?;
    first(&rows, command).map_err(|reason| corrupt(format_args!("command {command} of the ledger"), reason))
}

/// The statement that reads the entry of a command.
pub(super) fn statement(place: &Place, command: CommandId) -> Statement<'static> {
    place.statement(include_str!("sql/ledger_entry.sql")).bind(command.0)
}

/// The entry in its rows.
pub(super) fn first(rows: &[PgRow], command: CommandId) -> Result<Option<LedgerEntry>, String> {
    rows.first().map(|row| decode(row, command)).transpose()
}

fn decode(row: &PgRow, command: CommandId) -> Result<LedgerEntry, String> {
    let outcome = match get::<Option<&str>>(row, 6)? {
        Some(reason) => LedgerOutcome::Rejected { reason: reason.to_owned() },
        None => LedgerOutcome::Accepted { first: Position(unsigned(row, 4)?), count: unsigned(row, 5)? },
    };
    let recording = Recording {
        name: text(row, 0)?.to_owned(),
        digest: integer(row, 1)?.cast_unsigned(),
        cause: get::<Option<Uuid>>(row, 2)?.map(MessageId),
        at: Timestamp::from_millis(integer(row, 3)?),
    };
    Ok(LedgerEntry { command, recording, outcome })
}

//! The command ledger.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use super::{
    MySqlStore,
    column::{NAME, fits, get, integer, optional_text, text, unsigned},
    error::{Cause, cause, corrupt, failed},
    place::Place,
};
use crate::{
    message::{CommandId, MessageId, Position, Timestamp},
    store::{CommandLedger, LedgerEntry, LedgerOutcome, Recording, StoreError},
};

#[async_trait]
impl CommandLedger for MySqlStore {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        find(&self.inner.place, command).await
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        fits(format_args!("the name of command {command}"), &recording.name, NAME)?;
        let place = &self.inner.place;
        place.takes(format_args!("the words of the rejection of command {command}"), reason.len())?;
        let cause_id = recording.cause.map(|cause| cause.0);
        let statement = || {
            place
                .statement(include_str!("sql/record_rejection.sql"))
                .bind(command.0)
                .bind(recording.name.as_bytes())
                .bind(recording.digest.cast_signed())
                .bind(cause_id)
                .bind(recording.at.as_millis())
                .bind(reason.as_str())
                .bind(cause_id)
        };
        loop {
            match place.try_run(statement).await {
                Ok(_) => return Ok(None),
                Err(error) if cause(&error) == Cause::Taken => {}
                Err(error) => return Err(failed("recording a rejection", error)),
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
    let statement = || place.statement(include_str!("sql/ledger_entry.sql")).bind(command.0);
    let (rows, _) = place.run("reading the ledger", statement).await?;
    let entry = rows.first().map(|row| decode(row, 0, command)).transpose();
    entry.map_err(|reason| corrupt(format_args!("command {command} of the ledger"), reason))
}

/// The entry in a row, whose columns begin at `first`.
pub(super) fn decode(row: &MySqlRow, first: usize, command: CommandId) -> Result<LedgerEntry, String> {
    let outcome = match optional_text(row, first + 6)? {
        Some(reason) => LedgerOutcome::Rejected { reason: reason.to_owned() },
        None => LedgerOutcome::Accepted {
            first: Position(unsigned(row, first + 4)?),
            count: unsigned(row, first + 5)?,
        },
    };
    let recording = Recording {
        name: text(row, first)?.to_owned(),
        digest: integer(row, first + 1)?.cast_unsigned(),
        cause: get::<Option<Uuid>>(row, first + 2)?.map(MessageId),
        at: Timestamp::from_millis(integer(row, first + 3)?),
    };
    Ok(LedgerEntry { command, recording, outcome })
}

//! The command ledger.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::{
    SqliteStore,
    column::{integer, optional_integer, optional_text, text, unsigned, uuid},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{CommandId, MessageId, Position, Timestamp},
    store::{CommandLedger, LedgerEntry, LedgerOutcome, Recording, StoreError},
};

#[async_trait]
impl CommandLedger for SqliteStore {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/ledger_entry.sql")).bind(command.to_string());
        let rows = rows(reading.connection()?, "reading the ledger", statement).await?;
        rows.first().map(|row| entry(row, 0)).transpose()
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        loop {
            let statement = sqlx::query(include_str!("sql/record_rejection.sql"))
                .bind(command.to_string())
                .bind(&recording.name)
                .bind(recording.digest.cast_signed())
                .bind(recording.cause.map(|cause| cause.to_string()))
                .bind(recording.at.as_millis())
                .bind(&reason);
            if execute(writing.connection()?, "recording a rejection", statement).await? > 0 {
                return Ok(None);
            }
            let statement = sqlx::query(include_str!("sql/ledger_entry.sql")).bind(command.to_string());
            let rows = rows(writing.connection()?, "reading the ledger", statement).await?;
            // Without a row, another process has just forgotten the entry that was in the way.
            if let Some(row) = rows.first() {
                return entry(row, 0).map(Some);
            }
        }
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        let statement = sqlx::query(include_str!("sql/forget_rejections.sql")).bind(cause.to_string());
        execute(writing.connection()?, "forgetting rejections", statement).await
    }
}

/// The entry whose columns begin at `first`.
pub(super) fn entry(row: &SqliteRow, first: usize) -> Result<LedgerEntry, StoreError> {
    let command = uuid(row, first).map_err(|reason| corrupt("the id of a command in the ledger", reason))?;
    decode(row, first, CommandId(command))
        .map_err(|reason| corrupt(format_args!("command {command} of the ledger"), reason))
}

fn decode(row: &SqliteRow, first: usize, command: CommandId) -> Result<LedgerEntry, String> {
    let cause = optional_text(row, first + 3)?.map(|_| uuid(row, first + 3)).transpose()?;
    let outcome = match optional_text(row, first + 7)? {
        Some(reason) => LedgerOutcome::Rejected { reason: reason.to_owned() },
        None => LedgerOutcome::Accepted {
            first: Position(unsigned(row, first + 5)?),
            count: optional_integer(row, first + 6)?
                .and_then(|count| u32::try_from(count).ok())
                .ok_or_else(|| "its number of events is out of range".to_owned())?,
        },
    };
    let recording = Recording {
        name: text(row, first + 1)?.to_owned(),
        digest: integer(row, first + 2)?.cast_unsigned(),
        cause: cause.map(MessageId),
        at: Timestamp::from_millis(integer(row, first + 4)?),
    };
    Ok(LedgerEntry { command, recording, outcome })
}

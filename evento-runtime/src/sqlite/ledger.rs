//! The command ledger.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    column::{integer, optional_integer, optional_text, text, unsigned, uuid},
    error::corrupt,
    statement::rows,
};
use crate::{
    message::{CommandId, MessageId, Position, Timestamp},
    store::{CommandLedger, LedgerEntry, LedgerOutcome, Recording, StoreError},
};

#[async_trait]
impl CommandLedger for SqliteStore {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let found = find(reading.connection()?, command).await?;
        reading.done();
        Ok(found)
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        loop {
            let statement = || {
                sqlx::query(include_str!("sql/record_rejection.sql"))
                    .bind(command.to_string())
                    .bind(&recording.name)
                    .bind(recording.digest.cast_signed())
                    .bind(recording.cause.map(|cause| cause.to_string()))
                    .bind(recording.at.as_millis())
                    .bind(&reason)
            };
            let (_, recorded) = writing.run("recording a rejection", statement).await?;
            if recorded > 0 {
                return Ok(None);
            }
            // Without an entry, another process has just forgotten the one that was in the way.
            if let Some(known) = find(writing.connection()?, command).await? {
                return Ok(Some(known));
            }
        }
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        let statement = || sqlx::query(include_str!("sql/forget_rejections.sql")).bind(cause.to_string());
        let (_, forgotten) = writing.run("forgetting rejections", statement).await?;
        Ok(forgotten)
    }
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    command: CommandId,
) -> Result<Option<LedgerEntry>, StoreError> {
    let statement = sqlx::query(include_str!("sql/ledger_entry.sql")).bind(command.to_string());
    let rows = rows(connection, "reading the ledger", statement).await?;
    let entry = rows.first().map(|row| decode(row, command)).transpose();
    entry.map_err(|reason| corrupt(format_args!("command {command} of the ledger"), reason))
}

fn decode(row: &SqliteRow, command: CommandId) -> Result<LedgerEntry, String> {
    let cause = optional_text(row, 2)?.map(|_| uuid(row, 2)).transpose()?;
    let outcome = match optional_text(row, 6)? {
        Some(reason) => LedgerOutcome::Rejected { reason: reason.to_owned() },
        None => LedgerOutcome::Accepted {
            first: Position(unsigned(row, 4)?),
            count: optional_integer(row, 5)?
                .and_then(|count| u32::try_from(count).ok())
                .ok_or_else(|| "its number of events is out of range".to_owned())?,
        },
    };
    let recording = Recording {
        name: text(row, 0)?.to_owned(),
        digest: integer(row, 1)?.cast_unsigned(),
        cause: cause.map(MessageId),
        at: Timestamp::from_millis(integer(row, 3)?),
    };
    Ok(LedgerEntry { command, recording, outcome })
}

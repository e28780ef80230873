//! Forgetting deleted aggregates and old entries of the ledger.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{integer, optional_text, text, unsigned, uuid},
    error::corrupt,
    statement::{execute, rows},
};
use crate::{
    message::{CommandId, Position, Timestamp},
    store::{
        ConsumerId, Horizon, PurgeStep, Retention, StoreError,
        values::{bound, limit, to_json},
    },
};

#[async_trait]
impl Retention for SqliteStore {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let horizon = horizon(reading.connection()?).await?;
        reading.done();
        Ok(horizon)
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        limit: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        writing.begin().await?;
        let purged = purge_streams(writing.connection()?, closed_before, after, limit.max(1)).await;
        match purged {
            Ok(_) => writing.commit().await?,
            Err(_) => writing.rollback().await,
        }
        purged
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        limit: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        writing.begin().await?;
        let purged = purge_ledger(writing.connection()?, handled_before, after, limit.max(1)).await;
        match purged {
            Ok(_) => writing.commit().await?,
            Err(_) => writing.rollback().await,
        }
        purged
    }
}

async fn horizon(connection: &mut SqliteConnection) -> Result<Horizon, StoreError> {
    let doing = "reading how far everything is done with";
    let rows = rows(connection, doing, sqlx::query(include_str!("sql/horizon.sql"))).await?;
    let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
    decode_horizon(row).map_err(|reason| corrupt("a consumer", reason))
}

fn decode_horizon(row: &SqliteRow) -> Result<Horizon, String> {
    let head = Position(unsigned(row, 0)?);
    let Some(component) = optional_text(row, 1)? else { return Ok(Horizon::new(head, None)) };
    let position = Position(unsigned(row, 4)?);
    let consumer = ConsumerId {
        component: Cow::Owned(component.to_owned()),
        version: unsigned(row, 2)?,
        context: Cow::Owned(text(row, 3)?.to_owned()),
    };
    Ok(Horizon::new(head, Some((position, consumer))))
}

async fn purge_streams(
    connection: &mut SqliteConnection,
    closed_before: Timestamp,
    after: Position,
    most: usize,
) -> Result<PurgeStep<Position>, StoreError> {
    let doing = "purging deleted aggregates";
    let horizon = horizon(connection).await?;
    let statement = sqlx::query(include_str!("sql/closed_streams.sql"))
        .bind(closed_before.as_millis())
        .bind(bound(after.0))
        .bind(bound(horizon.position.0))
        .bind(limit(most));
    let found = rows(connection, doing, statement).await?;
    let read = |row: &SqliteRow| {
        Ok((Position(unsigned(row, 0)?), (text(row, 1)?.to_owned(), text(row, 2)?.to_owned())))
    };
    let found: Result<Vec<_>, String> = found.iter().map(read).collect();
    let (positions, streams): (Vec<_>, Vec<_>) =
        found.map_err(|reason| corrupt("a closed stream", reason))?.into_iter().unzip();
    if !streams.is_empty() {
        let statement = sqlx::query(include_str!("sql/purge_streams.sql")).bind(to_json(&streams)?);
        execute(connection, doing, statement).await?;
    }
    let count = streams.len() as u64;
    let next = positions.last().copied().filter(|_| streams.len() == most);
    Ok(PurgeStep { looked_at: count, purged: count, next })
}

async fn purge_ledger(
    connection: &mut SqliteConnection,
    handled_before: Timestamp,
    after: Option<CommandId>,
    most: usize,
) -> Result<PurgeStep<CommandId>, StoreError> {
    let doing = "purging the ledger";
    let horizon = horizon(connection).await?;
    let statement = sqlx::query(include_str!("sql/ledger_page.sql"))
        .bind(after.map(|command| command.to_string()))
        .bind(limit(most));
    let page = rows(connection, doing, statement).await?;
    let read = |row: &SqliteRow| Ok((uuid(row, 0)?, integer(row, 1)?, unsigned(row, 2)?));
    let page: Result<Vec<(Uuid, i64, u64)>, String> = page.iter().map(read).collect();
    let page = page.map_err(|reason| corrupt("an entry of the ledger", reason))?;
    let old = page
        .iter()
        .filter(|(_, at, first)| *at < handled_before.as_millis() && *first <= horizon.position.0)
        .map(|(command, ..)| command.to_string())
        .collect::<Vec<_>>();
    if !old.is_empty() {
        let statement = sqlx::query(include_str!("sql/purge_ledger.sql")).bind(to_json(&old)?);
        execute(connection, doing, statement).await?;
    }
    let next = page.last().map(|(command, ..)| CommandId(*command)).filter(|_| page.len() == most);
    Ok(PurgeStep { looked_at: page.len() as u64, purged: old.len() as u64, next })
}

//! Forgetting deleted aggregates and old entries of the ledger.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{
    PostgresStore,
    column::{get, text, unsigned},
    error::corrupt,
};
use crate::{
    message::{CommandId, Position, Timestamp},
    store::{
        ConsumerId, Horizon, PurgeStep, Retention, StoreError,
        values::{bound, limit},
    },
};

#[async_trait]
impl Retention for PostgresStore {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/horizon.sql"));
        let (rows, _) = place.run("reading how far everything is done with", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        horizon(row).map_err(|reason| corrupt("a consumer", reason))
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        most: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        let up_to = self.horizon().await?.position;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/purge_streams.sql"))
                .bind(closed_before.as_millis())
                .bind(bound(after.0))
                .bind(bound(up_to.0))
                .bind(limit(most.max(1)))
        };
        let (rows, _) = place.run("purging deleted aggregates", statement).await?;
        let last = rows.last().map(|row| unsigned(row, 0).map(Position)).transpose();
        let last = last.map_err(|reason| corrupt("a closed stream", reason))?;
        let count = rows.len() as u64;
        Ok(PurgeStep { looked_at: count, purged: count, next: last.filter(|_| rows.len() >= most.max(1)) })
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        most: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        let up_to = self.horizon().await?.position;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/purge_ledger.sql"))
                .bind(handled_before.as_millis())
                .bind(after.map(|command| command.0))
                .bind(bound(up_to.0))
                .bind(limit(most.max(1)))
        };
        let (rows, _) = place.run("purging the ledger", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("the ledger", "it does not answer"))?;
        let read = || Ok((unsigned(row, 0)?, unsigned(row, 1)?, get(row, 2)?));
        let (looked_at, purged, last): (u64, u64, Option<Uuid>) =
            read().map_err(|reason: String| corrupt("the ledger", reason))?;
        let is_full = looked_at >= most.max(1) as u64;
        Ok(PurgeStep { looked_at, purged, next: last.filter(|_| is_full).map(CommandId) })
    }
}

fn horizon(row: &PgRow) -> Result<Horizon, String> {
    let head = Position(unsigned(row, 0)?);
    if get::<Option<&str>>(row, 1)?.is_none() {
        return Ok(Horizon::new(head, None));
    }
    let position = Position(unsigned(row, 4)?);
    let consumer = ConsumerId {
        component: Cow::Owned(text(row, 1)?.to_owned()),
        version: unsigned(row, 2)?,
        context: Cow::Owned(text(row, 3)?.to_owned()),
    };
    Ok(Horizon::new(head, Some((position, consumer))))
}

//! Counting what readers are not given.

use async_trait::async_trait;

use super::{SqliteStore, column::unsigned, error::corrupt, statement::rows};
use crate::{
    message::{Position, Timestamp},
    store::{
        LogAudit, LogFilter, StoreError,
        values::{bound, to_json},
    },
};

#[async_trait]
impl LogAudit for SqliteStore {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        let names = Some(&filter.names).filter(|names| !names.is_empty()).map(to_json).transpose()?;
        let contexts =
            Some(&filter.contexts).filter(|contexts| !contexts.is_empty()).map(to_json).transpose()?;
        let statement = sqlx::query(include_str!("sql/count_left_out.sql"))
            .bind(bound(after.0))
            .bind(bound(until.0))
            .bind(names)
            .bind(contexts)
            .bind(filter.stream_kind.as_deref())
            .bind(filter.recorded_until.map(Timestamp::as_millis));
        let mut reading = self.inner.readers.acquire().await?;
        let counted = rows(reading.connection()?, "counting events", statement).await?;
        reading.done();
        let row = counted.first().ok_or_else(|| corrupt("a count of events", "there is none"))?;
        unsigned(row, 0).map_err(|reason| corrupt("a count of events", reason))
    }
}

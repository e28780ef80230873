//! Counting what readers are not given.

use async_trait::async_trait;

use super::{PostgresStore, column::unsigned, error::corrupt, events::wanted};
use crate::{
    message::{Context, Position, Timestamp},
    store::{LogAudit, LogFilter, StoreError, values::bound},
};

#[async_trait]
impl LogAudit for PostgresStore {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        let place = &self.inner.place;
        let names = wanted(filter.names.iter().map(|name| &**name));
        let contexts = wanted(filter.contexts.iter().map(Context::as_str));
        let kind = filter.stream_kind.as_deref().map(|kind| if kind.contains('\0') { "" } else { kind });
        let statement = || {
            place
                .statement(include_str!("sql/count_left_out.sql"))
                .bind(bound(after.0))
                .bind(bound(until.0))
                .bind(names.clone())
                .bind(contexts.clone())
                .bind(kind)
                .bind(filter.recorded_until.map(Timestamp::as_millis))
        };
        let (rows, _) = place.run("counting events", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("a count of events", "there is none"))?;
        unsigned(row, 0).map_err(|reason| corrupt("a count of events", reason))
    }
}

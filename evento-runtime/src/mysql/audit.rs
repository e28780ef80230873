//! Counting what readers are not given.

use async_trait::async_trait;

use super::{
    MySqlStore,
    column::unsigned,
    error::corrupt,
    events::{filtered, wanted},
};
use crate::{
    message::Position,
    store::{LogAudit, LogFilter, StoreError, values::bound},
};

#[async_trait]
impl LogAudit for MySqlStore {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        let place = &self.inner.place;
        let text = filtered(place, include_str!("sql/count_left_out.sql"), filter);
        let statement = || {
            let mut statement = sqlx::query(text.clone()).persistent(place.prepared);
            statement = statement.bind(bound(after.0)).bind(bound(until.0));
            for wanted in wanted(filter) {
                statement = statement.bind(wanted.as_bytes());
            }
            match filter.recorded_until {
                Some(until) => statement.bind(until.as_millis()),
                None => statement,
            }
        };
        let (rows, _) = place.run("counting events", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("a count of events", "there is none"))?;
        unsigned(row, 0).map_err(|reason| corrupt("a count of events", reason))
    }
}

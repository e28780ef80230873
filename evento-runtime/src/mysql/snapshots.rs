//! Snapshots.

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;

use super::{
    MySqlStore,
    column::{ID, NAME, beginning, fits, integer, json, unsigned},
    error::corrupt,
};
use crate::{
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError, values::signed},
};

#[async_trait]
impl SnapshotStore for MySqlStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/load_snapshot.sql"))
                .bind(stream.kind.as_bytes())
                .bind(stream.id.as_bytes())
        };
        let (rows, _) = place.run("reading a snapshot", statement).await?;
        let decoded = rows.first().map(decode).transpose();
        decoded.map_err(|reason| corrupt(format_args!("the snapshot of {stream}"), reason))
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        fits(format_args!("the type {}", beginning(&stream.kind)), &stream.kind, NAME)?;
        fits(format_args!("the id {} of {}", beginning(&stream.id), stream.kind), &stream.id, ID)?;
        let place = &self.inner.place;
        place.takes(format_args!("the snapshot of {stream}"), snapshot.state.get().len())?;
        let version = signed("version", snapshot.version)?;
        let statement = || {
            place
                .statement(include_str!("sql/save_snapshot.sql"))
                .bind(stream.kind.as_bytes())
                .bind(stream.id.as_bytes())
                .bind(version)
                .bind(snapshot.hash.cast_signed())
                .bind(snapshot.state.get())
        };
        place.run("saving a snapshot", statement).await?;
        Ok(())
    }
}

fn decode(row: &MySqlRow) -> Result<Snapshot, String> {
    Ok(Snapshot { version: unsigned(row, 0)?, hash: integer(row, 1)?.cast_unsigned(), state: json(row, 2)? })
}

//! Snapshots.

use async_trait::async_trait;
use sqlx::postgres::PgRow;

use super::{
    PostgresStore,
    column::{integer, json, unsigned, without_nul},
    error::corrupt,
};
use crate::{
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError, values::signed},
};

#[async_trait]
impl SnapshotStore for PostgresStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        // What cannot be stored cannot be found either.
        if stream.kind.contains('\0') || stream.id.contains('\0') {
            return Ok(None);
        }
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/load_snapshot.sql"))
                .bind(stream.kind.as_ref())
                .bind(&*stream.id)
        };
        let (rows, _) = place.run("reading a snapshot", statement).await?;
        let decoded = rows.first().map(decode).transpose();
        decoded.map_err(|reason| corrupt(format_args!("the snapshot of {stream}"), reason))
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        without_nul(format_args!("the type of {:?}", stream.kind), &stream.kind)?;
        without_nul(format_args!("the id {:?} of {}", stream.id, stream.kind), &stream.id)?;
        let place = &self.inner.place;
        let version = signed("version", snapshot.version)?;
        let statement = || {
            place
                .statement(include_str!("sql/save_snapshot.sql"))
                .bind(stream.kind.as_ref())
                .bind(&*stream.id)
                .bind(version)
                .bind(snapshot.hash.cast_signed())
                .bind(snapshot.state.get())
        };
        place.run("saving a snapshot", statement).await?;
        Ok(())
    }
}

fn decode(row: &PgRow) -> Result<Snapshot, String> {
    Ok(Snapshot { version: unsigned(row, 0)?, hash: integer(row, 1)?.cast_unsigned(), state: json(row, 2)? })
}

//! Snapshots.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::{
    SqliteStore,
    column::{integer, json, unsigned},
    error::corrupt,
    statement::rows,
};
use crate::{
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError, values::signed},
};

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/load_snapshot.sql"))
            .bind(stream.kind.as_ref())
            .bind(stream.id.as_ref());
        let rows = rows(reading.connection()?, "reading a snapshot", statement).await?;
        reading.done();
        let decoded = rows.first().map(decode).transpose();
        decoded.map_err(|reason| corrupt(format_args!("the snapshot of {stream}"), reason))
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        let version = signed("version", snapshot.version)?;
        let statement = || {
            sqlx::query(include_str!("sql/save_snapshot.sql"))
                .bind(stream.kind.as_ref())
                .bind(stream.id.as_ref())
                .bind(version)
                .bind(snapshot.hash.cast_signed())
                .bind(snapshot.state.get())
        };
        writing.run("saving a snapshot", statement).await?;
        Ok(())
    }
}

fn decode(row: &SqliteRow) -> Result<Snapshot, String> {
    Ok(Snapshot { version: unsigned(row, 0)?, hash: integer(row, 1)?.cast_unsigned(), state: json(row, 2)? })
}

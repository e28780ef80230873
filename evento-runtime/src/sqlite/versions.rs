//! Versions of projectors.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStore,
    checkpoints::consumer_id,
    column::{integer, text, unsigned},
    error::{corrupt, failed},
    statement::{Statement, collect, rows},
};
use crate::{
    message::Position,
    store::{
        ConsumerId, ProjectorVersionStore, ServingVersion, StoreError, VersionRecord, ViewId,
        values::{limit, signed, to_json},
        view_names,
    },
};

impl SqliteStore {
    /// Runs a text of several statements in a transaction. Returns their rows, and how many rows the last one changed.
    async fn change_versions<'q>(
        &self,
        doing: &str,
        statements: impl IntoIterator<Item = Statement<'q>>,
    ) -> Result<(Vec<SqliteRow>, u64), StoreError> {
        let mut writing = self.inner.writer.acquire().await?;
        writing.begin().await?;
        let mut last = (Vec::new(), 0);
        for statement in statements {
            last = match collect(writing.connection()?, statement).await {
                Ok(done) => done,
                Err(error) => {
                    writing.rollback().await;
                    return Err(failed(doing, error));
                }
            };
        }
        writing.commit().await?;
        Ok(last)
    }
}

#[async_trait]
impl ProjectorVersionStore for SqliteStore {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        let views = to_json(&views)?;
        let projector = sqlx::query(include_str!("sql/introduce_projector.sql"))
            .bind(consumer.component.as_ref())
            .bind(first);
        let version = sqlx::query(include_str!("sql/introduce_version.sql"))
            .bind(consumer.component.as_ref())
            .bind(consumer.version)
            .bind(consumer.context.as_ref())
            .bind(views);
        self.change_versions("noting a version", [projector, version]).await.map(drop)
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/serving_versions.sql"));
        let rows = rows(reading.connection()?, "reading which versions serve", statement).await?;
        reading.done();
        rows.iter().map(serving).collect::<Result<_, _>>().map_err(|reason| corrupt("a projector", reason))
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/versions.sql")).bind(component);
        let rows = rows(reading.connection()?, "reading versions", statement).await?;
        reading.done();
        let decoded = rows.iter().map(record).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a version of {component}"), reason))
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let statement = sqlx::query(include_str!("sql/serve_version.sql")).bind(component).bind(version);
        let (_, changed) = self.change_versions("letting a version serve", [statement]).await?;
        Ok(changed > 0)
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let statement = sqlx::query(include_str!("sql/retire_version.sql")).bind(component).bind(version);
        let (found, _) = self.change_versions("dropping a version", [statement]).await?;
        Ok(!found.is_empty())
    }

    async fn delete_view_rows(&self, view: &ViewId, most: usize) -> Result<bool, StoreError> {
        let statement = sqlx::query(include_str!("sql/delete_view_rows.sql"))
            .bind(view.view.as_ref())
            .bind(view.version)
            .bind(limit(most.max(1)));
        let (_, changed) = self.change_versions("deleting rows of a view", [statement]).await?;
        Ok(changed > 0)
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        let statement = sqlx::query(include_str!("sql/forget_version.sql")).bind(component).bind(version);
        self.change_versions("forgetting a version", [statement]).await.map(drop)
    }
}

/// Notes that a consumer is built, and lets its version serve when all are.
pub(super) async fn serve_built(
    connection: &mut SqliteConnection,
    consumer: &ConsumerId,
    contexts: &[Cow<'static, str>],
    position: Position,
) -> Result<bool, StoreError> {
    let doing = "switching to a version";
    let mark = sqlx::query(include_str!("sql/mark_built.sql"))
        .bind(consumer.component.as_ref())
        .bind(consumer.version)
        .bind(consumer.context.as_ref());
    let built = rows(connection, doing, mark).await?;
    let built = built.iter().map(|row| text(row, 0)).collect::<Result<Vec<_>, _>>();
    let built = built.map_err(|reason| corrupt(consumer, reason))?;
    let all = contexts.iter().all(|context| built.contains(&context.as_ref()));
    let serve = sqlx::query(include_str!("sql/serve_built.sql"))
        .bind(consumer.component.as_ref())
        .bind(consumer.version)
        .bind(all)
        .bind(signed("position", position.0)?);
    Ok(!rows(connection, doing, serve).await?.is_empty())
}

fn serving(row: &SqliteRow) -> Result<ServingVersion, String> {
    let component = Cow::Owned(text(row, 0)?.to_owned());
    Ok(ServingVersion { component, serving: unsigned(row, 1)?, newest: unsigned(row, 2)? })
}

fn record(row: &SqliteRow) -> Result<VersionRecord, String> {
    let built = integer(row, 3)? != 0;
    Ok(VersionRecord { consumer: consumer_id(row)?, built, views: view_names(text(row, 4)?)? })
}

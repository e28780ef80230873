//! Versions of projectors.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    PostgresStore,
    checkpoints::{check_texts, consumer_id},
    column::{get, integer, text, unsigned},
    error::corrupt,
    place::Place,
    statement::{Statement, execute, rows},
};
use crate::{
    message::Position,
    store::{
        ConsumerId, ProjectorVersionStore, ServingVersion, StoreError, VersionRecord, ViewId,
        values::{limit, signed, to_json},
        view_names,
    },
};

fn of<'q>(place: &Place, text: &'static str, component: &'q str, version: u32) -> Statement<'q> {
    place.statement(text).bind(component).bind(i64::from(version))
}

#[async_trait]
impl ProjectorVersionStore for PostgresStore {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        check_texts(consumer)?;
        let (place, views) = (&self.inner.place, to_json(&views)?);
        let statement = || {
            of(place, include_str!("sql/introduce_version.sql"), &consumer.component, consumer.version)
                .bind(consumer.context.as_ref())
                .bind(views.as_str())
                .bind(i64::from(first))
        };
        place.run("noting a version", statement).await.map(drop)
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/serving_versions.sql"));
        let (rows, _) = place.run("reading which versions serve", statement).await?;
        rows.iter().map(serving).collect::<Result<_, _>>().map_err(|reason| corrupt("a projector", reason))
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/versions.sql")).bind(component);
        let (rows, _) = place.run("reading versions", statement).await?;
        let decoded = rows.iter().map(record).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a version of {component}"), reason))
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let place = &self.inner.place;
        let statement = || of(place, include_str!("sql/serve_version.sql"), component, version);
        let (_, changed) = place.run("letting a version serve", statement).await?;
        Ok(changed > 0)
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let place = &self.inner.place;
        let statement = || of(place, include_str!("sql/retire_version.sql"), component, version);
        let (found, _) = place.run("dropping a version", statement).await?;
        Ok(!found.is_empty())
    }

    async fn delete_view_rows(&self, view: &ViewId, most: usize) -> Result<bool, StoreError> {
        let place = &self.inner.place;
        let text = include_str!("sql/delete_view_rows.sql");
        let statement = || of(place, text, &view.view, view.version).bind(limit(most.max(1)));
        let (rows, _) = place.run("deleting rows of a view", statement).await?;
        let deleted = rows.first().map_or(Ok(0), |row| integer(row, 0));
        Ok(deleted.map_err(|reason| corrupt(view, reason))? > 0)
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        let place = &self.inner.place;
        let statement = || of(place, include_str!("sql/forget_version.sql"), component, version);
        place.run("forgetting a version", statement).await.map(drop)
    }
}

/// Notes that a consumer is built, and lets its version serve when all are.
pub(super) async fn serve_built(
    connection: &mut PgConnection,
    place: &Place,
    consumer: &ConsumerId,
    contexts: &[Cow<'static, str>],
    position: Position,
) -> Result<bool, StoreError> {
    let doing = "switching to a version";
    let of = |text| of(place, text, &consumer.component, consumer.version);
    let mark = of(include_str!("sql/mark_built.sql")).bind(consumer.context.as_ref());
    execute(connection, doing, mark).await?;
    let built = rows(connection, doing, of(include_str!("sql/built.sql"))).await?;
    let built = built.iter().map(|row| text(row, 0)).collect::<Result<Vec<_>, _>>();
    let built = built.map_err(|reason| corrupt(consumer, reason))?;
    if contexts.iter().all(|context| built.contains(&context.as_ref())) {
        let serve = of(include_str!("sql/serve_built.sql")).bind(signed("position", position.0)?);
        execute(connection, doing, serve).await?;
    }
    let newest = place.statement(include_str!("sql/newest_version.sql")).bind(consumer.component.as_ref());
    let newest = rows(connection, doing, newest).await?;
    let newest = newest.first().map_or(Ok(0_u32), |row| unsigned(row, 0));
    Ok(newest.map_err(|reason| corrupt(consumer, reason))? >= consumer.version)
}

fn serving(row: &PgRow) -> Result<ServingVersion, String> {
    let component = Cow::Owned(text(row, 0)?.to_owned());
    Ok(ServingVersion { component, serving: unsigned(row, 1)?, newest: unsigned(row, 2)? })
}

fn record(row: &PgRow) -> Result<VersionRecord, String> {
    Ok(VersionRecord { consumer: consumer_id(row)?, built: get(row, 3)?, views: view_names(text(row, 4)?)? })
}

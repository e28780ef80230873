//! Versions of projectors.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::{MySqlConnection, mysql::MySqlRow};

use super::{
    MySqlStore,
    checkpoints::{check_texts, consumer_id, key},
    column::{integer, text, unsigned},
    error::{corrupt, failed},
    place::Place,
    script::{Script, Value},
    statement::{Answered, execute, rows, run_script},
};
use crate::{
    message::Position,
    store::{
        ConsumerId, ProjectorVersionStore, ServingVersion, StoreError, VersionRecord, ViewId,
        values::{limit, signed, to_json},
        view_names,
    },
};

impl MySqlStore {
    /// Runs the statements of a file.
    async fn change_versions(
        &self,
        doing: &str,
        file: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Answered>, StoreError> {
        let place = &self.inner.place;
        let mut script = Script::new(&place.texts);
        script.push(file, values);
        place.run_script(doing, &script.finish()).await
    }
}

#[async_trait]
impl ProjectorVersionStore for MySqlStore {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        check_texts(consumer)?;
        let views = to_json(&views)?;
        let [component, version, context] = key(consumer);
        let (first, views) = (Value::Number(i64::from(first)), Value::Text(&views));
        let values = [component, first, first, component, version, context, views, views];
        let file = include_str!("sql/introduce_version.sql");
        self.change_versions("noting a version", file, &values).await.map(drop)
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/serving_versions.sql"));
        let (rows, _) = place.run("reading which versions serve", statement).await?;
        rows.iter().map(serving).collect::<Result<_, _>>().map_err(|reason| corrupt("a projector", reason))
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/versions.sql")).bind(component.as_bytes());
        let (rows, _) = place.run("reading versions", statement).await?;
        let decoded = rows.iter().map(record).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("a version of {component}"), reason))
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let (component, version) = (Value::Key(component), Value::Number(i64::from(version)));
        let values = [component, version, version, component, component, version];
        let file = include_str!("sql/serve_version.sql");
        let answers = self.change_versions("letting a version serve", file, &values).await?;
        // Behind the beginning of the transaction and the lock.
        Ok(answers.get(3).is_some_and(|answered| answered.changed > 0))
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let of = [Value::Key(component), Value::Number(i64::from(version))];
        let [component, _] = of;
        let twice = [of, of].concat();
        let values = [&[component], &*twice, &*twice, &*twice, &of].concat();
        let file = include_str!("sql/retire_version.sql");
        let answers = self.change_versions("dropping a version", file, &values).await?;
        // The last one but the commit says whether there was one to drop.
        Ok(answers.iter().rev().nth(1).is_some_and(|answered| !answered.rows.is_empty()))
    }

    async fn delete_view_rows(&self, view: &ViewId, most: usize) -> Result<bool, StoreError> {
        let of = [
            Value::Key(&view.view),
            Value::Number(i64::from(view.version)),
            Value::Number(limit(most.max(1))),
        ];
        let file = include_str!("sql/delete_view_rows.sql");
        let answers = self.change_versions("deleting rows of a view", file, &[of, of].concat()).await?;
        Ok(answers.iter().any(|answered| answered.changed > 0))
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        let of = [Value::Key(component), Value::Number(i64::from(version))];
        let file = include_str!("sql/forget_version.sql");
        self.change_versions("forgetting a version", file, &[of, of].concat()).await.map(drop)
    }
}

/// Notes that a consumer is built, and lets its version serve when all are.
pub(super) async fn serve_built(
    connection: &mut MySqlConnection,
    place: &Place,
    consumer: &ConsumerId,
    contexts: &[Cow<'static, str>],
    position: Position,
) -> Result<bool, StoreError> {
    let doing = "switching to a version";
    let [component, version, context] = key(consumer);
    let mut script = Script::new(&place.texts);
    script.push(include_str!("sql/mark_built.sql"), &[component, version, context, component, version]);
    let answers = run_script(connection, script.finish()).await;
    let answers = answers.map_err(|broken| failed(doing, broken.error))?;
    let built = answers.iter().flat_map(|answered| &answered.rows).map(|row| text(row, 0));
    let built = built.collect::<Result<Vec<_>, _>>().map_err(|reason| corrupt(consumer, reason))?;
    let number = i64::from(consumer.version);
    if contexts.iter().all(|context| built.contains(&context.as_ref())) {
        let serve = place
            .statement(include_str!("sql/serve_built.sql"))
            .bind(number)
            .bind(number)
            .bind(consumer.component.as_bytes())
            .bind(number)
            .bind(signed("position", position.0)?);
        execute(connection, doing, serve).await?;
    }
    let newest = place.statement(include_str!("sql/newest_version.sql")).bind(consumer.component.as_bytes());
    let newest = rows(connection, doing, newest).await?;
    let newest = newest.first().map_or(Ok(0_u32), |row| unsigned(row, 0));
    Ok(newest.map_err(|reason| corrupt(consumer, reason))? >= consumer.version)
}

fn serving(row: &MySqlRow) -> Result<ServingVersion, String> {
    let component = Cow::Owned(text(row, 0)?.to_owned());
    Ok(ServingVersion { component, serving: unsigned(row, 1)?, newest: unsigned(row, 2)? })
}

fn record(row: &MySqlRow) -> Result<VersionRecord, String> {
    let built = integer(row, 3)? != 0;
    Ok(VersionRecord { consumer: consumer_id(row)?, built, views: view_names(text(row, 4)?)? })
}

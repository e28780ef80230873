//! What an operator does to a consumer.

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;

use super::{
    MySqlStore,
    checkpoints::{check_texts, consumer_id, key},
    column::{integer, text, unsigned},
    error::corrupt,
    script::{Script, Value},
    statement::Answered,
};
use crate::{
    message::{Position, Timestamp},
    store::{
        ConsumerId, Interventions, ReplayCommands, Skip, StoreError, kept_reason,
        values::{bound, signed},
    },
};

impl MySqlStore {
    /// Runs a script that changes a record.
    async fn intervene(
        &self,
        doing: &str,
        file: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Answered>, StoreError> {
        let place = &self.inner.place;
        let mut script = Script::new(&place.texts);
        script.push(file, values);
        let answers = place.run_script(doing, &script.finish()).await?;
        self.inner.tell_of_leases();
        Ok(answers)
    }

    async fn pause(
        &self,
        consumer: &ConsumerId,
        paused: bool,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        check_texts(consumer)?;
        self.inner.place.takes_in_script("the reason of a pause", reason.map_or(0, str::len))?;
        let [component, version, context] = key(consumer);
        let values =
            [Value::Bool(paused), reason.map_or(Value::Null, Value::Text), component, version, context];
        let answers = self.intervene("pausing a consumer", include_str!("sql/pause.sql"), &values).await?;
        Ok(found(&answers))
    }
}

/// Whether a script has found a record to change.
fn found(answers: &[Answered]) -> bool {
    answers.iter().any(|answered| answered.changed > 0)
}

#[async_trait]
impl Interventions for MySqlStore {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        self.pause(consumer, paused, None).await
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        self.pause(consumer, true, Some(kept_reason(reason))).await
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        check_texts(consumer)?;
        let [component, version, context] = key(consumer);
        let (to, sends) =
            (Value::Number(signed("position", to.0)?), Value::Bool(replay == ReplayCommands::Sent));
        let values = [to, sends, component, version, context];
        let answers =
            self.intervene("putting a consumer back", include_str!("sql/reset.sql"), &values).await?;
        Ok(found(&answers))
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        check_texts(&skip.consumer)?;
        self.inner.place.takes_in_script("the reason of a skip", skip.reason.len())?;
        let [component, version, context] = key(&skip.consumer);
        let position = Value::Number(signed("position", skip.position.0)?);
        let (reason, at) = (Value::Text(&skip.reason), Value::Number(skip.at.as_millis()));
        let ahead = [component, version, context, position];
        let mut values = vec![component, version, context, position, reason, at];
        values.extend(ahead.iter().chain(&ahead));
        let doing = "letting a consumer pass an event";
        let answers = self.intervene(doing, include_str!("sql/skip.sql"), &values).await?;
        Ok(found(&answers))
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/skips.sql"))
                .bind(consumer.component.as_bytes())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_bytes())
                .bind(bound(after.0))
        };
        let (rows, _) = place.run("reading what a consumer is to pass", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt(format_args!("what {consumer} is to pass"), reason))
    }
}

fn decode(row: &MySqlRow) -> Result<Skip, String> {
    Ok(Skip {
        consumer: consumer_id(row)?,
        position: Position(unsigned(row, 3)?),
        reason: text(row, 4)?.to_owned(),
        at: Timestamp::from_millis(integer(row, 5)?),
    })
}

//! Checkpoints and claims.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;
use uuid::Uuid;

use super::{
    MySqlStore,
    append::Log,
    column::{NAME, beginning, fits, get, integer, optional_text, text, unsigned, uuid},
    connections::Held,
    error::corrupt,
    place::Place,
    script::{Script, Value},
    statement::{Statement, rows},
    transaction::MySqlTransaction,
};
use crate::{
    message::Position,
    store::{
        CheckpointStore, Claim, ConsumerId, ConsumerRecord, FirstStart, NewConsumer, NodeId, ReplayCommands,
        StoreError, values::bound,
    },
};

#[async_trait]
impl CheckpointStore for MySqlStore {
    async fn consumer(&self, consumer: &ConsumerId) -> Result<Option<ConsumerRecord>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let mut script = Script::new(&place.texts);
        script.push(include_str!("sql/locked_consumer.sql"), &key(consumer));
        let answers = place.run_script("reading a consumer", &script.finish()).await?;
        answers.iter().find_map(|answered| answered.rows.first()).map(record).transpose()
    }

    async fn consumers(&self) -> Result<Vec<ConsumerRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/consumers.sql"));
        let (rows, _) = place.run("reading the consumers", statement).await?;
        rows.iter().map(record).collect()
    }

    async fn create_consumer(
        &self,
        consumer: &ConsumerId,
        first_start: FirstStart,
        code_version: u32,
    ) -> Result<Option<NewConsumer>, StoreError> {
        check_texts(consumer)?;
        let doing = "creating a consumer";
        let place = &self.inner.place;
        let mut held = Held::lend(place, doing, include_str!("sql/begin.sql")).await?;
        lock_creation(&mut held, consumer).await?;
        let (connection, _) = held.parts();
        if !rows(connection, doing, find(place, consumer)).await?.is_empty() {
            return Ok(None);
        }
        let checkpoint = match first_start {
            FirstStart::Beginning => Position::START,
            FirstStart::Head => Position(Log::read(connection, place).await?.head),
        };
        let claim = Claim { consumer: consumer.clone(), epoch: 0, token: Uuid::nil(), checkpoint };
        let transaction = Box::new(MySqlTransaction::creating(held, claim, code_version));
        Ok(Some(NewConsumer { checkpoint, transaction }))
    }

    async fn claim(
        &self,
        consumer: &ConsumerId,
        code_version: u32,
        node: NodeId,
    ) -> Result<Option<Claim>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let [component, version, context] = key(consumer);
        let (code_version, node) = (Value::Number(i64::from(code_version)), Value::Uuid(node.0));
        let mut script = Script::new(&place.texts);
        script.push(
            include_str!("sql/claim.sql"),
            &[
                node,
                code_version,
                node,
                component,
                version,
                context,
                code_version,
                code_version,
                node,
                component,
                version,
                context,
                node,
            ],
        );
        let answers = place.run_script("claiming a consumer", &script.finish()).await?;
        let Some(row) = answers.iter().find_map(|answered| answered.rows.first()) else { return Ok(None) };
        let read = || Ok((unsigned(row, 0)?, uuid(row, 1)?, Position(unsigned(row, 2)?)));
        let (epoch, token, checkpoint) =
            read().map_err(|reason: String| corrupt(format_args!("consumer {consumer}"), reason))?;
        Ok(Some(Claim { consumer: consumer.clone(), epoch, token, checkpoint }))
    }
}

/// Waits until nobody else creates the consumer. The lock belongs to the session, which ends with the transaction: what a
/// handler sets up may end the transaction before.
async fn lock_creation(held: &mut Held, consumer: &ConsumerId) -> Result<(), StoreError> {
    held.close_in_the_end();
    let (connection, place) = held.parts();
    let statement = place
        .statement(include_str!("sql/creation_lock.sql"))
        .persistent(false)
        .bind(place.texts.prefix())
        .bind(consumer.component.as_bytes())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_bytes())
        .bind(bound(place.patience.as_secs().max(1)));
    let locked = rows(connection, "creating a consumer", statement).await?;
    if locked.first().is_some_and(|row| integer(row, 0) == Ok(1)) {
        return Ok(());
    }
    Err(StoreError::Unavailable {
        reason: format!("creating consumer `{consumer}`: another process is creating it"),
        source: None,
    })
}

fn find<'q>(place: &Place, consumer: &'q ConsumerId) -> Statement<'q> {
    place
        .statement(include_str!("sql/consumer.sql"))
        .bind(consumer.component.as_bytes())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_bytes())
}

/// The columns that name a consumer.
pub(super) fn key(consumer: &ConsumerId) -> [Value<'_>; 3] {
    let version = Value::Number(i64::from(consumer.version));
    [Value::Key(&consumer.component), version, Value::Key(&consumer.context)]
}

pub(super) fn check_texts(consumer: &ConsumerId) -> Result<(), StoreError> {
    fits(format_args!("the name of consumer {}", beginning(&consumer.component)), &consumer.component, NAME)?;
    fits(format_args!("the context of consumer `{}`", consumer.component), &consumer.context, NAME)
}

fn record(row: &MySqlRow) -> Result<ConsumerRecord, StoreError> {
    let decode = || {
        Ok(ConsumerRecord {
            consumer: consumer_id(row)?,
            checkpoint: Position(unsigned(row, 3)?),
            epoch: unsigned(row, 4)?,
            token: uuid(row, 5)?,
            code_version: unsigned(row, 6)?,
            owner: get::<Option<Uuid>>(row, 7)?.map(NodeId),
            paused: integer(row, 8)? != 0,
            resets: unsigned(row, 9)?,
            pause_reason: optional_text(row, 10)?.map(str::to_owned),
            request: get(row, 11)?,
            replay_until: Position(unsigned(row, 12)?),
            replay: ReplayCommands::from_column(integer(row, 13)? != 0),
        })
    };
    decode().map_err(|reason: String| corrupt("a consumer", reason))
}

/// The consumer in the first three columns.
pub(super) fn consumer_id(row: &MySqlRow) -> Result<ConsumerId, String> {
    Ok(ConsumerId {
        component: Cow::Owned(text(row, 0)?.to_owned()),
        version: unsigned(row, 1)?,
        context: Cow::Owned(text(row, 2)?.to_owned()),
    })
}

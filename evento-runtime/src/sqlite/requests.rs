//! What is asked of dead events.

use async_trait::async_trait;
use sqlx::{SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStore,
    checkpoints::consumer_id,
    column::{integer, optional_integer, optional_text, text, uuid},
    error::corrupt,
    statement::{Statement, execute, rows},
};
use crate::{
    message::Timestamp,
    store::{
        ConsumerId, DeadEventRequest, REMEMBERED, RequestAnswer, RequestKind, RequestStore, StoreError,
        values::limit,
    },
};

fn of<'q>(text: &'static str, consumer: &'q ConsumerId) -> Statement<'q> {
    sqlx::query(text).bind(consumer.component.as_ref()).bind(consumer.version).bind(consumer.context.as_ref())
}

#[async_trait]
impl RequestStore for SqliteStore {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        let (id, at) = (request.id.simple().to_string(), request.at.as_millis());
        let statement = || {
            of(include_str!("sql/ask.sql"), &request.consumer)
                .bind(id.as_str())
                .bind(request.kind.as_str())
                .bind(request.body.as_str())
                .bind(at)
                .bind(at.saturating_sub(REMEMBERED))
        };
        let mut writing = self.inner.writer.acquire_before_others().await?;
        let (_, noted) = writing.run("asking for something about dead events", statement).await?;
        drop(writing);
        self.inner.tell_of_leases();
        Ok(noted > 0 || self.request(&request.consumer, request.id).await?.is_some())
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        let statement = of(include_str!("sql/request.sql"), consumer).bind(id.simple().to_string());
        Ok(self.requests(statement).await?.pop())
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        max: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        let statement = of(include_str!("sql/answered_requests.sql"), consumer);
        self.requests(statement.bind(kind.as_str()).bind(limit(max))).await
    }
}

impl SqliteStore {
    async fn requests(&self, statement: Statement<'_>) -> Result<Vec<DeadEventRequest>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let rows = rows(reading.connection()?, "reading what is asked of dead events", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt("a request about dead events", reason))
    }
}

pub(super) async fn answer(
    connection: &mut SqliteConnection,
    consumer: &ConsumerId,
    request: Uuid,
    answer: &RequestAnswer,
) -> Result<(), StoreError> {
    let statement = of(include_str!("sql/answer.sql"), consumer)
        .bind(request.simple().to_string())
        .bind(answer.body.as_str())
        .bind(answer.at.as_millis());
    execute(connection, "answering a request", statement).await?;
    Ok(())
}

fn decode(row: &SqliteRow) -> Result<DeadEventRequest, String> {
    let kind = text(row, 4)?;
    let answer = optional_text(row, 7)?.zip(optional_integer(row, 8)?);
    Ok(DeadEventRequest {
        consumer: consumer_id(row)?,
        id: uuid(row, 3)?,
        kind: RequestKind::from_name(kind).ok_or_else(|| format!("`{kind}` is no kind of request"))?,
        body: text(row, 5)?.to_owned(),
        at: Timestamp::from_millis(integer(row, 6)?),
        answer: answer
            .map(|(body, at)| RequestAnswer { body: body.to_owned(), at: Timestamp::from_millis(at) }),
    })
}

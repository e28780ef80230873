//! What is asked of dead events.

use async_trait::async_trait;
use sqlx::{PgConnection, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStore,
    checkpoints::{check_texts, consumer_id},
    column::{get, integer, text, uuid},
    error::corrupt,
    place::Place,
    statement::{Statement, execute},
};
use crate::{
    message::Timestamp,
    store::{
        ConsumerId, DeadEventRequest, REMEMBERED, RequestAnswer, RequestKind, RequestStore, StoreError,
        values::limit,
    },
};

fn of<'q>(place: &Place, text: &'static str, consumer: &'q ConsumerId) -> Statement<'q> {
    place
        .statement(text)
        .bind(consumer.component.as_ref())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_ref())
}

#[async_trait]
impl RequestStore for PostgresStore {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        check_texts(&request.consumer)?;
        let (place, at) = (&self.inner.place, request.at.as_millis());
        let statement = || {
            of(place, include_str!("sql/ask.sql"), &request.consumer)
                .bind(request.id)
                .bind(request.kind.as_str())
                .bind(request.body.as_str())
                .bind(at)
                .bind(at.saturating_sub(REMEMBERED))
        };
        let (_, noted) = place.run("asking for something about dead events", statement).await?;
        self.tell_of_leases().await;
        // The statement may have been sent twice.
        Ok(noted > 0 || self.request(&request.consumer, request.id).await?.is_some())
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || of(place, include_str!("sql/request.sql"), consumer).bind(id);
        Ok(self.requests(statement).await?.pop())
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        max: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        check_texts(consumer)?;
        let place = &self.inner.place;
        let statement = || {
            let statement = of(place, include_str!("sql/answered_requests.sql"), consumer);
            statement.bind(kind.as_str()).bind(limit(max))
        };
        self.requests(statement).await
    }
}

impl PostgresStore {
    async fn requests<'q>(
        &self,
        statement: impl Fn() -> Statement<'q> + Send + Sync,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        let (rows, _) = self.inner.place.run("reading what is asked of dead events", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt("a request about dead events", reason))
    }
}

pub(super) async fn answer(
    connection: &mut PgConnection,
    place: &Place,
    consumer: &ConsumerId,
    request: Uuid,
    answer: &RequestAnswer,
) -> Result<(), StoreError> {
    let statement = of(place, include_str!("sql/answer.sql"), consumer)
        .bind(request)
        .bind(answer.body.as_str())
        .bind(answer.at.as_millis());
    execute(connection, "answering a request", statement).await?;
    Ok(())
}

fn decode(row: &PgRow) -> Result<DeadEventRequest, String> {
    let kind = text(row, 4)?;
    let answer = get::<Option<&str>>(row, 7)?.zip(get::<Option<i64>>(row, 8)?);
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

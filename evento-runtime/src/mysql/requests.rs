//! What is asked of dead events.

use async_trait::async_trait;
use sqlx::{MySqlConnection, mysql::MySqlRow};
use uuid::Uuid;

use super::{
    MySqlStore,
    checkpoints::{check_texts, consumer_id},
    column::{get, integer, optional_text, text, uuid},
    error::{Cause, cause, corrupt, failed},
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

fn of<'q>(statement: Statement<'q>, consumer: &'q ConsumerId) -> Statement<'q> {
    statement
        .bind(consumer.component.as_bytes())
        .bind(i64::from(consumer.version))
        .bind(consumer.context.as_bytes())
}

#[async_trait]
impl RequestStore for MySqlStore {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        let (consumer, doing) = (&request.consumer, "asking for something about dead events");
        check_texts(consumer)?;
        let place = &self.inner.place;
        place.takes("a request about dead events", request.body.len())?;
        let at = request.at.as_millis();
        let forget = || {
            let statement = place.statement(include_str!("sql/forget_requests.sql"));
            of(statement, consumer).bind(at.saturating_sub(REMEMBERED))
        };
        place.run(doing, forget).await?;
        let ask = || {
            let statement = place
                .statement(include_str!("sql/ask.sql"))
                .bind(request.id)
                .bind(request.kind.as_str().as_bytes())
                .bind(request.body.as_str())
                .bind(at);
            of(statement, consumer)
        };
        let noted = match place.try_run(ask).await {
            Ok((_, noted)) => noted > 0,
            Err(error) if cause(&error) == Cause::Taken => false,
            Err(error) => return Err(failed(doing, error)),
        };
        self.inner.tell_of_leases();
        // The statement may have been sent twice.
        Ok(noted || self.request(consumer, request.id).await?.is_some())
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        let place = &self.inner.place;
        let statement = || of(place.statement(include_str!("sql/request.sql")), consumer).bind(id);
        Ok(self.requests(statement).await?.pop())
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        max: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        let place = &self.inner.place;
        let statement = || {
            let statement = of(place.statement(include_str!("sql/answered_requests.sql")), consumer);
            statement.bind(kind.as_str().as_bytes()).bind(limit(max))
        };
        self.requests(statement).await
    }
}

impl MySqlStore {
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
    connection: &mut MySqlConnection,
    place: &Place,
    consumer: &ConsumerId,
    request: Uuid,
    answer: &RequestAnswer,
) -> Result<(), StoreError> {
    place.takes("the answer to a request", answer.body.len())?;
    let statement = place
        .statement(include_str!("sql/answer.sql"))
        .bind(answer.body.as_str())
        .bind(answer.at.as_millis());
    execute(connection, "answering a request", of(statement, consumer).bind(request)).await?;
    Ok(())
}

fn decode(row: &MySqlRow) -> Result<DeadEventRequest, String> {
    let kind = text(row, 4)?;
    let answer = optional_text(row, 7)?.zip(get::<Option<i64>>(row, 8)?);
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

//! Dead events as data.

use serde_json::value::RawValue;

use super::DeadEventError;
use crate::{
    bundle::App,
    consumer::{Answer, Asked, ReplayFailure},
    message::{Context, MessageId, Metadata, Position, Timestamp},
    payload::{DecodeError, Event, decode},
    store::{
        ConsumerId, DeadEvent, DeadEventPlace, DeadEventRequest, LogQuery, RequestAnswer, SagaId, StoreError,
        TimerRecord,
    },
};

/// How many keys are looked at for one that was meant.
const MOST_COMPARED: usize = 1_000;
/// How alike a key must be to be suggested.
const ALIKE: f64 = 0.6;

/// Which dead event: who put it aside, which event, and under which key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadEventId {
    /// Who put it aside.
    pub consumer: ConsumerId,
    /// The position of the event; for a deadline, the place up to which its saga had handled the log when it came due.
    pub position: Position,
    /// What is in order among itself: for projectors and observers the stream, as in `Account/7`, for sagas one saga.
    pub key: String,
}

/// What a dead event says: the event of its position, or a deadline.
#[derive(Clone, Debug)]
pub struct DeadMessage {
    /// The identity of the event, or of the timer.
    pub id: MessageId,
    /// The stored name of the payload.
    pub name: String,
    /// The context to which it belongs.
    pub context: Context,
    /// What started the chain of messages.
    pub correlation_id: MessageId,
    /// What the caller of the command said beside the payload.
    pub metadata: Metadata,
    /// When the event was decided, or the deadline was due.
    pub at: Timestamp,
    /// The payload as JSON, in the shape in which it was stored.
    pub payload: Box<RawValue>,
    /// The version of that shape; 1 for a deadline.
    pub payload_version: u32,
}

/// An event, or a deadline, that a consumer has put aside.
#[derive(Clone, Debug)]
pub struct ParkedEvent {
    /// Which one.
    pub id: DeadEventId,
    /// The key of the timer, when it is a deadline of a saga.
    pub deadline: Option<String>,
    /// What it says; `None` when it is not there any more.
    pub message: Option<DeadMessage>,
    /// Why its handler failed, with all that caused it; `None` when it only waits behind another one of its key.
    pub error: Option<String>,
    /// How often its handler was tried.
    pub attempts: u32,
    /// When it was put aside.
    pub first_failed_at: Timestamp,
    /// When it failed last.
    pub last_failed_at: Timestamp,
}

/// A dead event that somebody has discarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscardedEvent {
    /// Which one.
    pub id: DeadEventId,
    /// Why, as it was said.
    pub reason: String,
    /// The error that it had.
    pub error: Option<String>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was done.
    pub discarded_at: Timestamp,
}

/// What became of a replay within the time that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replay {
    /// So many dead events were handled, and none failed. When the consumer changes its owner meanwhile, those that the last owner
    /// has handled are counted.
    Done {
        /// How many.
        replayed: u64,
    },
    /// Some have failed again. They stay where they are with the new error and one attempt more, and later ones of their keys
    /// behind them; other keys are done.
    Failed {
        /// How many were handled.
        replayed: u64,
        /// What was not, in order; the first hundred.
        failures: Vec<ReplayFailure>,
    },
    /// It is not done yet, and still asked for: whoever runs the consumer, or comes to run it, does it.
    /// [`ConsumerStatus::replaying`](crate::consumer::ConsumerStatus::replaying) says as long as it is.
    Asked,
}

/// What became of a request to discard a dead event within the time that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Discard {
    /// It is gone.
    Done,
    /// It is not done yet, and still asked for.
    Asked,
}

impl DeadMessage {
    /// The event as an `E`, in its present shape; `None` when it is another event, or a deadline.
    ///
    /// # Errors
    /// [`DecodeError`], which may be the very reason why it was put aside.
    pub fn event<E: Event>(&self) -> Result<Option<E>, DecodeError> {
        let is_meant = E::META.is_called(&self.name);
        is_meant.then(|| decode(&self.name, self.payload_version, &self.payload)).transpose()
    }
}

impl DeadEventId {
    pub(super) fn place(&self) -> DeadEventPlace {
        DeadEventPlace { position: self.position, key: self.key.clone() }
    }
}

impl DiscardedEvent {
    /// What was discarded by a request. What another version of this library has written may be unknown.
    pub(super) fn of(request: DeadEventRequest) -> Option<Self> {
        let RequestAnswer { body, at: discarded_at } = request.answer?;
        let answer: Answer = serde_json::from_str(&body).ok()?;
        let asked: Asked = serde_json::from_str(&request.body).ok()?;
        let Asked::Discard { position, key, reason } = asked else { return None };
        (answer.done > 0).then_some(Self {
            id: DeadEventId { consumer: request.consumer, position, key },
            reason,
            error: answer.discarded,
            asked_at: request.at,
            discarded_at,
        })
    }
}

impl App {
    pub(super) async fn find(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.environment.store.find_dead_events(consumer, key, after, limit).await
    }

    pub(super) async fn parked(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, DeadEventError> {
        let mut page = Vec::new();
        for dead in self.find(consumer, key, after, limit).await? {
            page.push(self.describe_dead(dead).await?);
        }
        Ok(page)
    }

    pub(super) async fn describe_dead(&self, dead: DeadEvent) -> Result<ParkedEvent, DeadEventError> {
        let message = match &dead.timer {
            Some(timer) => self.dead_deadline(&dead.key, timer).await?,
            None => self.dead_message(dead.position).await?,
        };
        let DeadEvent { consumer, position, timer, key, error, attempts, first_at, at } = dead;
        let id = DeadEventId { consumer, position, key };
        let (first_failed_at, last_failed_at) = (first_at, at);
        Ok(ParkedEvent { id, deadline: timer, message, error, attempts, first_failed_at, last_failed_at })
    }

    async fn dead_message(&self, position: Position) -> Result<Option<DeadMessage>, StoreError> {
        let after = Position(position.0.saturating_sub(1)).into();
        let query = LogQuery { after, until: Some(position), max_events: 1, ..LogQuery::default() };
        let event = self.environment.store.read_log(&query).await?.events.pop();
        Ok(event.map(|event| DeadMessage {
            id: event.message.id,
            name: event.message.name.into_owned(),
            context: event.message.context,
            correlation_id: event.message.correlation_id,
            metadata: event.message.metadata,
            at: event.message.timestamp,
            payload: event.message.payload,
            payload_version: event.message.payload_version,
        }))
    }

    /// The deadline of a saga, by the key of the saga and that of the timer.
    async fn dead_deadline(&self, key: &str, timer: &str) -> Result<Option<DeadMessage>, StoreError> {
        let saga = key.rsplit_once(' ').and_then(|(saga, id)| Some((saga, SagaId(id.parse().ok()?))));
        let Some((saga, id)) = saga else { return Ok(None) };
        let timers = self.environment.store.timers_of(saga, id).await?;
        let found = timers.into_iter().find(|found| found.key == timer);
        Ok(found.map(|TimerRecord { message, .. }| DeadMessage {
            id: message.id,
            name: message.name.into_owned(),
            context: message.context,
            correlation_id: message.correlation_id,
            metadata: message.metadata,
            at: message.due,
            payload: message.payload,
            payload_version: 1,
        }))
    }

    pub(super) async fn similar_key(
        &self,
        consumer: &ConsumerId,
        key: &str,
    ) -> Result<Option<String>, StoreError> {
        let known = self.find(consumer, None, None, MOST_COMPARED).await?;
        let ranked =
            known.into_iter().map(|dead| (strsim::normalized_damerau_levenshtein(key, &dead.key), dead.key));
        let best =
            ranked.filter(|(alike, _)| *alike >= ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other));
        Ok(best.map(|(_, key)| key))
    }
}

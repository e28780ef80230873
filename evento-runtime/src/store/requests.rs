//! What an operator asks of a consumer's dead events: a note to whoever runs the consumer, who answers in it.
//!
//! Only the owner of a consumer changes its dead events, in transactions that its claim fences. Everybody else asks.

use async_trait::async_trait;
use uuid::Uuid;

use super::{ConsumerId, StoreError};
use crate::message::Timestamp;

/// What kind of thing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// To handle dead events again.
    Replay,
    /// To do without one.
    Discard,
}

impl RequestKind {
    /// What it is called where it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Discard => "discard",
        }
    }

    /// The kind of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Replay, Self::Discard].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Something that is asked of the dead events of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEventRequest {
    /// The identity of the request.
    pub id: Uuid,
    /// Whose dead events.
    pub consumer: ConsumerId,
    /// What kind of thing.
    pub kind: RequestKind,
    /// What exactly, as JSON. The store only keeps it.
    pub body: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// What became of it; `None` until the owner of the consumer has answered.
    pub answer: Option<RequestAnswer>,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestAnswer {
    /// What exactly, as JSON. The store only keeps it.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps requests. They are answered through [`ConsumerTransaction`](super::ConsumerTransaction), and the id of the one that is
/// open is part of the [record](super::ConsumerRecord) of the consumer.
#[async_trait]
pub trait RequestStore: Send + Sync + 'static {
    /// Notes a request. Returns whether it was noted: not when another one of the consumer is open, nor when there is no such
    /// consumer. One that is asked again under its id was noted, and stays as it is, so whoever has not heard the answer may ask
    /// twice. Replays of the consumer that were answered more than a day before are forgotten.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError>;

    /// A request of a consumer by its id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError>;

    /// The requests of a consumer and a kind that were answered, the last answered first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        limit: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError>;
}

/// How long a replay that was answered is remembered, in milliseconds.
pub(crate) const REMEMBERED: i64 = 24 * 60 * 60 * 1_000;

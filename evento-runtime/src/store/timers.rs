//! Timers: the deadlines of live sagas, found by the time at which they are due.

use std::borrow::Cow;

use async_trait::async_trait;
use uuid::Uuid;

use super::{SagaId, StoreError};
use crate::message::{DeadlineMessage, Timestamp};

/// A deadline that a live saga waits for. There is one for each key of a saga.
#[derive(Clone, Debug)]
pub struct TimerRecord {
    /// The name under which the saga is kept.
    pub saga: Cow<'static, str>,
    /// Which saga waits for it.
    pub saga_id: SagaId,
    /// What tells it from the other timers of the saga: at least one byte and at most [`KEY_LIMIT`](Self::KEY_LIMIT), none
    /// of them NUL.
    pub key: String,
    /// What its handler gets.
    pub message: DeadlineMessage,
}

impl TimerRecord {
    /// The longest key in bytes.
    pub const KEY_LIMIT: usize = 255;

    /// Its place among the timers of all sagas of its name.
    #[must_use]
    pub fn place(&self) -> TimerPlace {
        TimerPlace { due: self.message.due, saga_id: self.saga_id, key: self.key.clone() }
    }
}

/// A place in the order in which the timers of sagas of one name are due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerPlace {
    /// When the timer is due.
    pub due: Timestamp,
    /// Which saga waits for it.
    pub saga_id: SagaId,
    /// Its key.
    pub key: String,
}

impl TimerPlace {
    /// Before every timer: no key is empty.
    #[must_use]
    pub const fn first() -> Self {
        let (due, saga_id) = (Timestamp::from_millis(i64::MIN), SagaId(Uuid::nil()));
        Self { due, saga_id, key: String::new() }
    }
}

/// Finds timers. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait TimerStore: Send + Sync + 'static {
    /// The timers of all sagas of a name behind a place, in the order of their places.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn timers(
        &self,
        saga: &str,
        after: Option<&TimerPlace>,
        limit: usize,
    ) -> Result<Vec<TimerRecord>, StoreError>;

    /// The timers of one saga, in the order of their keys.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn timers_of(&self, saga: &str, id: SagaId) -> Result<Vec<TimerRecord>, StoreError>;
}

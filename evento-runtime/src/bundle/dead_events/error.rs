//! Why nothing was done about dead events.

use std::time::Duration;

use thiserror::Error;

use crate::{
    bundle::ControlError,
    message::Position,
    store::{ConsumerId, RequestKind, StoreError},
};

/// Why nothing was done about dead events.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeadEventError {
    /// It is not clear which consumer is meant, or the store failed.
    #[error(transparent)]
    Consumer(#[from] ControlError),
    /// The consumer has not put this event aside.
    #[error(
        "consumer `{consumer}` has not put {position} aside{}",
        .next.map_or_else(String::new, |next| format!("; the next one that it has is {next}"))
    )]
    NotParked {
        /// Which consumer.
        consumer: ConsumerId,
        /// What was given.
        position: Position,
        /// The first one behind it that the consumer has put aside.
        next: Option<Position>,
    },
    /// The consumer has put nothing aside under this key.
    #[error(
        "consumer `{consumer}` has put nothing aside under `{key}`{}",
        .similar.as_ref().map_or_else(String::new, |similar| format!("; did you mean `{similar}`?"))
    )]
    UnknownKey {
        /// Which consumer.
        consumer: ConsumerId,
        /// What was given.
        key: String,
        /// A key that looks like it.
        similar: Option<String>,
    },
    /// The event was put aside for several keys, as one that concerns several sagas.
    #[error("{position} was put aside under several keys: say `.key(..)` with one of {}", .keys.join(", "))]
    SeveralKeys {
        /// What was given.
        position: Position,
        /// The keys.
        keys: Vec<String>,
    },
    /// Another event of the key comes first. Replay the key, or discard what comes first.
    #[error("{position} waits behind {first}, which has the same key: replay the key, or discard {first}")]
    NotFirst {
        /// What was given.
        position: Position,
        /// The first one of its key.
        first: Position,
    },
    /// Something is asked of the consumer's dead events already. Wait until that is done.
    #[error("consumer `{consumer}` is busy: a {} is asked for since {} ms", .kind.as_str(), .since.as_millis())]
    Busy {
        /// Which consumer.
        consumer: ConsumerId,
        /// What is asked for.
        kind: RequestKind,
        /// For how long.
        since: Duration,
    },
    /// Whoever runs the consumer does not understand what was asked for: another version of this library.
    #[error("whoever runs consumer `{consumer}` does not understand it: {error}")]
    NotUnderstood {
        /// Which consumer.
        consumer: ConsumerId,
        /// What it says.
        error: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

//! What is seen of a consumer from outside.

use std::sync::Arc;

use serde::Serialize;

use crate::{message::Position, store::ConsumerId};

/// What a consumer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsumerState {
    /// It has not claimed its place in the log yet.
    Starting,
    /// It is at the head of the log and waits for more.
    Running,
    /// It handles what is there.
    CatchingUp,
    /// Something failed that may pass; it tries again.
    BackingOff,
    /// It stopped for good, and `last_error` says why: the log went back behind what it has handled, which happens when an
    /// older copy of the database takes its place. Restart the process to go on from the checkpoint in that copy.
    Failed,
    /// Another process has claimed it since; this one stopped.
    NotOwned,
    /// It was shut down.
    Stopped,
}

/// A consumer as it is now.
#[derive(Clone, Debug)]
pub struct ConsumerStatus {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// What it is doing.
    pub state: ConsumerState,
    /// Every event up to and with this position is done with.
    pub position: Position,
    /// How many events of the log are behind that position, of which its filter may pass none.
    pub lag: u64,
    /// The last error, until the consumer is at the head of the log again. Errors of events that were put aside are kept with them.
    pub last_error: Option<Arc<str>>,
    /// How many events were put aside since this process claimed it, those included that were there before.
    pub parked: u64,
    /// For a saga, how many events since this process claimed it named a saga that does not exist, by the value of their
    /// association. A `#[saga(strict)]` lists them.
    pub unmatched: u64,
    /// For a saga, how many events since this process claimed it would have started one that had begun already.
    pub begun_already: u64,
}

/// What the task of a consumer tells.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) state: ConsumerState,
    pub(crate) position: Position,
    pub(crate) last_error: Option<Arc<str>>,
    pub(crate) parked: u64,
    pub(crate) unmatched: u64,
    pub(crate) begun_already: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            state: ConsumerState::Starting,
            position: Position::START,
            last_error: None,
            parked: 0,
            unmatched: 0,
            begun_already: 0,
        }
    }
}

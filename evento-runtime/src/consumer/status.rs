//! What is seen of a consumer from outside.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::rate::Pace;
use crate::{
    message::Position,
    store::{ConsumerId, NodeId},
};

/// What a consumer is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsumerState {
    /// Nobody has asked the store yet who is to run it.
    Starting,
    /// It is at the head of the log and waits for more.
    Running,
    /// It handles what is there.
    CatchingUp,
    /// Somebody has paused it, or it has paused itself because the events of many keys have failed; it stays where it is.
    Paused,
    /// The handler of an event failed; the event is tried again.
    Failing,
    /// Something else failed, such as the store; it tries again.
    BackingOff,
    /// It passes nothing more, and `last_error` says why. Either its audit failed: the store did not give all events of a range,
    /// or not all of them were handled, put aside or skipped, which it tries again and again. Or the log went back behind what it has handled, which happens when an older
    /// copy of the database takes its place: restart the process to go on from the checkpoint in that copy.
    Failed,
    /// Nobody runs it at the moment.
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
    /// The process that runs it; `None` when none does.
    pub owner: Option<NodeId>,
    /// Whether that is this process.
    pub is_owned_here: bool,
    /// Every event up to and with this position is done with.
    pub position: Position,
    /// How many events of the log are behind that position, of which its filter may pass none.
    pub lag: u64,
    /// How long ago the first of these events was recorded; zero when there is none.
    pub lag_time: Duration,
    /// How many events of the log it has passed in a second, over the last seconds.
    pub rate: f64,
    /// The last error, until it is cured: until the event that failed is handled, or what failed otherwise succeeds. That of
    /// an event that was put aside stays until another one takes its place.
    pub last_error: Option<Arc<str>>,
    /// How many events it has put aside.
    pub parked: u64,
    /// Whether a replay or a discard of these is asked for, or under way.
    pub replaying: bool,
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
    pub(crate) pace: Pace,
    pub(crate) unmatched: u64,
    pub(crate) begun_already: u64,
}

impl Default for Progress {
    fn default() -> Self {
        let (position, pace) = (Position::START, Pace::default());
        let (parked, unmatched, begun_already) = (0, 0, 0);
        let state = ConsumerState::Starting;
        Self { state, position, last_error: None, parked, unmatched, begun_already, pace }
    }
}

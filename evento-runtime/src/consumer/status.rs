//! What is seen of a consumer from outside.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::rate::Pace;
use crate::{
    message::Position,
    store::{ConsumerId, ConsumerRecord, NodeId},
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

/// What a version of a projector is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionState {
    /// Projections read it, and it follows the log.
    Serving,
    /// Projections read it, and nobody runs it: it stays as it is until the version that is being built takes its place, or a
    /// process runs it again.
    Frozen,
    /// It is being built, and serves when it has come to the head of the log.
    Rebuilding,
    /// Nobody reads it: another version serves. It can be [served again](crate::bundle::App::activate) or
    /// [dropped](crate::bundle::App::drop_version).
    Kept,
}

/// How far the building of a version is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rebuild {
    /// How many events of the log it has passed.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// How many events of the log it has passed in a second, over the last seconds.
    pub rate: f64,
    /// How long it takes until it has passed all, at that rate; `None` when it stands.
    pub left: Option<Duration>,
}

impl Rebuild {
    pub(crate) fn new(position: Position, head: Position, rate: f64) -> Self {
        let (done, total) = (position.0.min(head.0), head.0);
        let left = (total - done) as f64 / rate;
        let left = Duration::try_from_secs_f64(left).ok().filter(|_| rate > 0.0 || done == total);
        Self { done, total, rate, left }
    }
}

/// The version of a projector that a consumer runs, beside those that there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VersionStatus {
    /// What the version of this consumer is for.
    pub state: VersionState,
    /// The version that projections read.
    pub serving: u32,
    /// Whether that one is [frozen](VersionState::Frozen).
    pub is_frozen: bool,
    /// How far the building is, of a version that is being built.
    pub rebuild: Option<Rebuild>,
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
    /// For a projector, what its version is for.
    pub version: Option<VersionStatus>,
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
    /// The resets that the consumer's record had seen when this process came to this position.
    pub(crate) resets: u64,
}

impl Progress {
    /// Whether somebody has put the consumer elsewhere since.
    pub(crate) fn is_outdated(&self, record: &ConsumerRecord) -> bool {
        self.resets < record.resets
    }
}

impl Default for Progress {
    fn default() -> Self {
        let (position, pace) = (Position::START, Pace::default());
        let (parked, unmatched, begun_already, resets) = (0, 0, 0, 0);
        let state = ConsumerState::Starting;
        Self { state, position, last_error: None, parked, unmatched, begun_already, resets, pace }
    }
}

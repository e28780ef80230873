//! What is asked of a consumer's dead events, and what is answered, as they are stored.

use serde::{Deserialize, Serialize};

use crate::message::Position;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Asked {
    /// To replay everything.
    All,
    /// To replay what was put aside under a key.
    Key { key: String },
    /// To replay one, which is the first of its key.
    One { position: Position, key: String },
    /// To do without one.
    Discard { position: Position, key: String, reason: String },
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// How many were replayed, or discarded.
    pub(crate) done: u64,
    /// What was not, the first hundred.
    pub(crate) failures: Vec<ReplayFailure>,
    /// The error that one had which was discarded.
    #[serde(default)]
    pub(crate) discarded: Option<String>,
}

/// Why a dead event stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplayCause {
    /// Its handler failed again, or what it did cannot be saved.
    Handler,
    /// No handler of the component takes the event, or the deadline, any more.
    NoHandler,
    /// Its payload, or the state of its saga, cannot be decoded.
    Undecodable,
    /// It was written by newer code, or its handler needs an event that was.
    Newer,
    /// The event is not in the log any more.
    Missing,
    /// Another one of its key comes before it.
    NotFirst,
    /// Its saga has ended, and it concerns another one, or starts one: it is put aside under another key now.
    Moved,
    /// It is not put aside any more.
    Gone,
    /// The process that runs the consumer does not understand what was asked for.
    NotUnderstood,
}

/// A dead event that was not replayed. It stays where it is, and so do the later ones of its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayFailure {
    /// Which event.
    pub position: Position,
    /// Under which key it was put aside.
    pub key: String,
    /// Why, as far as a program can tell.
    pub cause: ReplayCause,
    /// Why, in words.
    pub error: String,
}

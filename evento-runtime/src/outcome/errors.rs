//! How sending and asking fail.
//!
//! The variants tell apart what a caller must treat differently: the handler said no, nothing was done, or nobody knows.

use std::{error::Error as StdError, fmt};

use thiserror::Error;

use super::Intercepted;
use crate::{
    error::{Error, cause, find},
    message::{CommandId, Position, StreamId},
    payload::DecodeError,
    store::{ConsumerId, StoreError},
};

/// Why a message was refused before anything was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// As many messages are in flight as the gateway allows, and as many wait.
    Overloaded {
        /// How many may be in flight.
        in_flight: usize,
        /// How many may wait.
        waiting: usize,
    },
    /// The deadline passed before handling began.
    DeadlinePassed,
    /// The application is shutting down.
    ShuttingDown,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overloaded { in_flight, waiting } => {
                write!(
                    f,
                    "{in_flight} messages are in flight and {waiting} wait, which is as many as allowed"
                )
            }
            Self::DeadlinePassed => f.write_str("its deadline passed before handling began"),
            Self::ShuttingDown => f.write_str("the application is shutting down"),
        }
    }
}

/// A command that its handler rejected.
#[derive(Debug)]
pub struct Rejection {
    command: &'static str,
    reason: String,
    error: Option<Error>,
}

impl Rejection {
    pub(crate) fn new(command: &'static str, error: Error) -> Self {
        Self { command, reason: format!("{error:#}"), error: Some(error) }
    }

    pub(crate) fn recorded(command: &'static str, reason: String) -> Self {
        Self { command, reason, error: None }
    }

    /// The handler's own error.
    pub(crate) fn into_error(self) -> Error {
        self.error.unwrap_or_else(|| Error::msg(self.reason))
    }

    /// The stored name of the command.
    #[must_use]
    pub fn command(&self) -> &'static str {
        self.command
    }

    /// The handler's error in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The handler's own error, if it is an `E`. `None` also when the rejection comes out of the command ledger, which keeps
    /// the words only (see [`is_recorded`](Self::is_recorded)).
    #[must_use]
    pub fn downcast_ref<E: StdError + Send + Sync + 'static>(&self) -> Option<&E> {
        self.error.as_ref().and_then(find::<E>)
    }

    /// Whether the command was rejected earlier, and this is what the ledger keeps of it.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.error.is_none()
    }
}

/// Why a command did not end as accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The handler said no. Nothing was stored.
    #[error(transparent)]
    Rejected(Rejection),
    /// The aggregate does not exist, and the command does not create it.
    #[error("{stream} does not exist, and `{command}` does not create it")]
    NotFound {
        /// The command.
        command: &'static str,
        /// The aggregate.
        stream: StreamId,
    },
    /// The aggregate exists already, and the command only creates.
    #[error("{stream} exists already")]
    AlreadyExists {
        /// The command.
        command: &'static str,
        /// The aggregate.
        stream: StreamId,
    },
    /// The aggregate was deleted, for ever.
    #[error("{stream} is deleted")]
    Deleted {
        /// The command.
        command: &'static str,
        /// The aggregate.
        stream: StreamId,
    },
    /// The command names no aggregate: its id is empty.
    #[error("the id in `{command}` is empty: it must name an aggregate")]
    EmptyId {
        /// The command.
        command: &'static str,
    },
    /// No component of the running bundle handles the command.
    #[error(
        "no component of the running bundle handles `{command}`: add its component to `components: [..]`; if the component is in another crate and the bundle is discovered, write `use that_crate as _;` so that it is linked"
    )]
    NotHandled {
        /// The command.
        command: String,
    },
    /// Others changed the aggregate each time that the command was tried. Nothing was stored.
    #[error("{stream} was changed by others in each of {attempts} attempts at `{command}`")]
    Conflict {
        /// The command.
        command: &'static str,
        /// The aggregate.
        stream: StreamId,
        /// How often it was tried.
        attempts: u32,
    },
    /// Nothing was done.
    #[error("`{command}` was refused and nothing was done: {refusal}")]
    Refused {
        /// The command.
        command: &'static str,
        /// Why.
        refusal: Refusal,
    },
    /// The deadline passed, or the connection was lost, while the command was being handled: it may or may not have been
    /// accepted. Sent again under the same id, it is answered with its outcome.
    #[error(
        "the outcome of `{command}` ({id}) is unknown: {reason}; send it again under the same id to learn it"
    )]
    OutcomeUnknown {
        /// The command.
        command: &'static str,
        /// Its id.
        id: CommandId,
        /// What happened.
        reason: String,
    },
    /// The handler panicked. Nothing was stored.
    #[error("handler `{handler}` panicked: {message}")]
    Panicked {
        /// Component and method.
        handler: String,
        /// The text of the panic.
        message: String,
    },
    /// The handler returned an event that cannot be applied to the aggregate in the state that it is in. Nothing was stored.
    #[error("{stream} cannot apply `{event}` as version {version}: {source}")]
    CannotApply {
        /// The aggregate.
        stream: StreamId,
        /// The event.
        event: String,
        /// The version that the event would have.
        version: u64,
        /// What is missing or failed.
        #[source]
        source: LoadError,
    },
    /// The stored state or an event of the aggregate cannot be read.
    #[error("{stream} cannot be loaded at version {version}: {source}")]
    Unreadable {
        /// The aggregate.
        stream: StreamId,
        /// The version at which reading failed.
        version: u64,
        /// What is wrong.
        #[source]
        source: LoadError,
    },
    /// An interceptor refused the invocation that sends the command, or replaced the error of its handler.
    #[error(transparent)]
    Intercepted(#[from] Intercepted),
    /// The payload of the command cannot become JSON.
    #[error("`{command}` has no JSON: {source}")]
    NoJson {
        /// The command.
        command: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The payload of the command is not what its handler expects.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// The id was used before for another command.
    #[error("{id} was used before for another `{known}`: take a new id for a new command")]
    IdReused {
        /// The id.
        id: CommandId,
        /// The name of the command that has it.
        known: String,
    },
    /// A handler that holds a lock sent a command that needs the same lock, and would wait for itself.
    #[error("`{command}` needs {lock}, which its own sender holds: it would wait for itself")]
    WouldDeadlock {
        /// The command.
        command: &'static str,
        /// The lock.
        lock: String,
    },
    /// The log is older than what this process has seen of it, as after a restore. Nothing was stored, and the states that were
    /// built on what is gone are forgotten: look at what is there before you send again.
    #[error("`{command}` was not stored: {reason}")]
    LogWentBack {
        /// The command.
        command: &'static str,
        /// From where to where.
        reason: String,
    },
    /// The store failed. Nothing was stored.
    #[error(transparent)]
    Store(StoreError),
}

/// Why the state of an aggregate cannot be rebuilt.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The code has no such event.
    #[error("event `{name}` is not known to this aggregate{}", near(.similar))]
    UnknownEvent {
        /// The stored name.
        name: String,
        /// A known name that is nearly the same.
        similar: Option<String>,
    },
    /// The event was written by newer code.
    #[error("event `{name}` has version {found}, this program knows {known}: use a newer build")]
    NewerEvent {
        /// The stored name.
        name: String,
        /// The version in the store.
        found: u32,
        /// The version that the code knows.
        known: u32,
    },
    /// The event is not what its type expects.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// The state has no place for the event: it starts a life twice, or changes one that is not there.
    #[error("event `{name}` does not fit: {reason}")]
    DoesNotFit {
        /// The stored name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The event-sourcing handler panicked.
    #[error("event-sourcing handler `{handler}` panicked: {message}")]
    Panicked {
        /// Component and method.
        handler: String,
        /// The text of the panic.
        message: String,
    },
    /// The stream is not whole: a version is missing or there twice.
    #[error("the stream goes on with version {found} where {expected} was due")]
    NotWhole {
        /// The version that was due.
        expected: u64,
        /// The version that is there.
        found: u64,
    },
}

fn near(similar: &Option<String>) -> String {
    similar.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl SendError {
    /// Whether the same command may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Refused { .. } | Self::OutcomeUnknown { .. } => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }

    /// The rejection, if the handler said no.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// The handler's own error, if it rejected the command with an `E`.
    #[must_use]
    pub fn rejected_with<E: StdError + Send + Sync + 'static>(&self) -> Option<&E> {
        self.rejection().and_then(Rejection::downcast_ref)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` was rejected: {}", self.command, self.reason)
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.as_ref().map(cause)
    }
}

/// A query whose handler failed.
#[derive(Debug)]
pub struct FailedQuery {
    query: String,
    error: Error,
}

impl FailedQuery {
    pub(crate) fn new(query: String, error: Error) -> Self {
        Self { query, error }
    }
}

impl fmt::Display for FailedQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed: {:#}", self.query, self.error)
    }
}

impl StdError for FailedQuery {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(cause(&self.error))
    }
}

/// Why a query was not answered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The handler failed with an error of its own.
    #[error(transparent)]
    Failed(FailedQuery),
    /// No component of the running bundle handles the query.
    #[error(
        "no component of the running bundle handles `{query}`: add its projection to `components: [..]`; if the projection is in another crate and the bundle is discovered, write `use that_crate as _;` so that it is linked"
    )]
    NotHandled {
        /// The query.
        query: String,
    },
    /// Nothing was done.
    #[error("`{query}` was refused: {refusal}")]
    Refused {
        /// The query.
        query: String,
        /// Why.
        refusal: Refusal,
    },
    /// The deadline passed while the query was being answered.
    #[error("`{query}` was not answered before its deadline")]
    DeadlinePassed {
        /// The query.
        query: String,
    },
    /// The query is to be answered [after](crate::capability::Asking::after) events that a projector had not come to before the
    /// deadline. Nothing was read.
    #[error("`{query}` is not answered yet: `{projector}` is at {position}, {behind} events before {until}")]
    NotYet {
        /// The query.
        query: String,
        /// The consumer of the projector, in the version that is read.
        projector: ConsumerId,
        /// Where it is.
        position: Position,
        /// The last event that it has to handle.
        until: Position,
        /// How many events of the log lie between, of which its filter may pass fewer.
        behind: u64,
    },
    /// The query is to be answered [after](crate::capability::Asking::after) an event that a projector has put aside: it is not
    /// in the read model. Nothing was read.
    #[error(
        "`{query}` is not answered: `{projector}` has put the event at {position} aside, under the key `{key}`{}",
        .error.as_ref().map_or(String::new(), |error| format!(": {error}"))
    )]
    Parked {
        /// The query.
        query: String,
        /// The consumer of the projector, in the version that is read.
        projector: ConsumerId,
        /// The event.
        position: Position,
        /// The key under which it is put aside, with everything that follows for it.
        key: String,
        /// The error of its handler; `None` for an event that waits behind another one of its key.
        error: Option<String>,
    },
    /// The handler panicked.
    #[error("handler `{handler}` panicked: {message}")]
    Panicked {
        /// Component and method.
        handler: String,
        /// The text of the panic.
        message: String,
    },
    /// An interceptor refused the invocation that asks the query, or replaced the error of its handler.
    #[error(transparent)]
    Intercepted(#[from] Intercepted),
    /// The payload of the query cannot become JSON.
    #[error("`{query}` has no JSON: {source}")]
    NoJson {
        /// The query.
        query: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The answer is of another type than the query declares: two payloads have the same stored name.
    #[error("the answer to `{query}` is of another type than it declares")]
    WrongAnswer {
        /// The query.
        query: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl QueryError {
    /// Whether the same query may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::DeadlinePassed { .. } | Self::NotYet { .. } => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }

    /// The handler's own error, if it is an `E`.
    #[must_use]
    pub fn failed_with<E: StdError + Send + Sync + 'static>(&self) -> Option<&E> {
        match self {
            Self::Failed(failed) => find::<E>(&failed.error),
            _ => None,
        }
    }
}

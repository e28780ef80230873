//! What an operator does to a consumer: pause, resume, reset, skip.

use std::fmt;

use thiserror::Error;

use super::App;
use crate::{
    message::Position,
    store::{ConsumerId, ReplayCommands, Skip, StoreError},
};

/// Says which consumer is meant: by its id, or by a name that only one has. A name is that of the component (`Accounts`), the
/// stored one with the bundle in front (`bank/Accounts`), or the whole as it is [shown](ConsumerId) (`bank/Accounts v1 in berlin`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerName(Naming);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Naming {
    Id(ConsumerId),
    Name(String),
}

impl ConsumerName {
    fn names(&self, id: &ConsumerId) -> bool {
        match &self.0 {
            Naming::Id(wanted) => wanted == id,
            Naming::Name(name) => {
                let short = id.component.split_once('/').map_or(&*id.component, |(_, short)| short);
                *name == short || *name == id.component || *name == id.to_string()
            }
        }
    }
}

impl fmt::Display for ConsumerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Naming::Id(id) => id.fmt(f),
            Naming::Name(name) => name.fmt(f),
        }
    }
}

impl From<ConsumerId> for ConsumerName {
    fn from(id: ConsumerId) -> Self {
        Self(Naming::Id(id))
    }
}

impl From<&ConsumerId> for ConsumerName {
    fn from(id: &ConsumerId) -> Self {
        Self(Naming::Id(id.clone()))
    }
}

impl From<&str> for ConsumerName {
    fn from(name: &str) -> Self {
        Self(Naming::Name(name.to_owned()))
    }
}

impl From<String> for ConsumerName {
    fn from(name: String) -> Self {
        Self(Naming::Name(name))
    }
}

/// Why nothing was done to a consumer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The bundle has no such consumer, or the store has no record of it.
    #[error("there is no consumer `{name}`: there are {}", list(.known))]
    Unknown {
        /// What was given.
        name: String,
        /// The consumers of the bundle.
        known: Vec<ConsumerId>,
    },
    /// The name is that of several consumers.
    #[error("`{name}` means several consumers: name one of {}", list(.meant))]
    Ambiguous {
        /// What was given.
        name: String,
        /// The consumers of that name.
        meant: Vec<ConsumerId>,
    },
    /// The position is behind the last event.
    #[error("position {position} is not there yet: the log ends at {head}")]
    NotThere {
        /// What was given.
        position: Position,
        /// The head of the log.
        head: Position,
    },
    /// The consumer is done with the event, so it cannot be skipped any more.
    #[error(
        "consumer `{consumer}` is done with {position} already, it is at {checkpoint}: there is nothing to skip"
    )]
    AlreadyPassed {
        /// Which consumer.
        consumer: ConsumerId,
        /// What was given.
        position: Position,
        /// Up to where the consumer is done.
        checkpoint: Position,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(consumers: &[ConsumerId]) -> String {
    let named: Vec<_> = consumers.iter().map(|consumer| format!("`{consumer}`")).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

impl App {
    /// Pauses a consumer: it ends the batch that it handles and stays there, in whichever process it runs, at once in this one
    /// and at the next heartbeat in another. It stays paused over restarts, until it is [resumed](Self::resume). Pausing
    /// what is paused changes nothing.
    ///
    /// # Errors
    /// [`ControlError::Unknown`] or [`ControlError::Ambiguous`] when it is not clear which consumer is meant.
    pub async fn pause(&self, consumer: impl Into<ConsumerName> + Send) -> Result<(), ControlError> {
        self.set_paused(consumer.into(), true).await
    }

    /// Lets a consumer go on that was [paused](Self::pause).
    ///
    /// # Errors
    /// [`ControlError::Unknown`] or [`ControlError::Ambiguous`] when it is not clear which consumer is meant.
    pub async fn resume(&self, consumer: impl Into<ConsumerName> + Send) -> Result<(), ControlError> {
        self.set_paused(consumer.into(), false).await
    }

    /// Puts a consumer behind a position, so that it handles all later events, again or for the first time; to
    /// [`Position::START`] for the whole log. Whatever it is doing is abandoned and undone in the store.
    ///
    /// What it wrote stays. A projector handles events again on top of the rows that are there: that is right for handlers which
    /// put whole rows, and counts twice what is added up; raise the version of the projector to build a read model anew. A saga
    /// lives through its events again, on top of the state that it has. What observers and sagas send for events that they
    /// had passed before goes nowhere, see [`Receipt::is_suppressed`](crate::outcome::Receipt::is_suppressed); allow it by
    /// [`reset_with`](Self::reset_with). Events that were put aside stay there, and later ones of their keys behind them.
    ///
    /// # Errors
    /// [`ControlError::NotThere`] for a position behind the head of the log, [`ControlError::Unknown`] or
    /// [`ControlError::Ambiguous`] when it is not clear which consumer is meant.
    pub async fn reset(
        &self,
        consumer: impl Into<ConsumerName> + Send,
        to: Position,
    ) -> Result<(), ControlError> {
        self.reset_with(consumer, to, ReplayCommands::Suppressed).await
    }

    /// [`reset`](Self::reset) with a choice of what becomes of the commands that are sent for events that the consumer had passed
    /// before. With [`ReplayCommands::Sent`] they are sent again under the ids that they had, so the ledger answers them with what they led
    /// to, as long as it remembers them, and does what it has forgotten once more. Of several resets, the last one counts.
    ///
    /// # Errors
    /// As [`reset`](Self::reset).
    pub async fn reset_with(
        &self,
        consumer: impl Into<ConsumerName> + Send,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<(), ControlError> {
        let name = consumer.into();
        let id = self.named(&name)?;
        self.check_there(to).await?;
        let known = self.environment.store.reset(&id, to, replay).await?;
        tracing::warn!(consumer = %id, %to, ?replay, "a consumer was put elsewhere");
        self.done(name, known)
    }

    /// Lets a consumer pass an event without handling it, for instance one that its handler fails on and that is not worth
    /// anything. Later events of the same key are handled. The skip is kept with its reason. Whatever the consumer is doing is
    /// abandoned and undone in the store.
    ///
    /// # Errors
    /// [`ControlError::AlreadyPassed`] when the consumer is behind that event, [`ControlError::NotThere`] for a position behind
    /// the head of the log, [`ControlError::Unknown`] or [`ControlError::Ambiguous`] when it is not clear which consumer is meant.
    pub async fn skip(
        &self,
        consumer: impl Into<ConsumerName> + Send,
        position: Position,
        reason: impl Into<String> + Send,
    ) -> Result<(), ControlError> {
        let (name, reason) = (consumer.into(), reason.into());
        let id = self.named(&name)?;
        self.check_there(position).await?;
        let (store, at) = (&self.environment.store, self.environment.clock.now());
        let skip = Skip { consumer: id, position, reason, at };
        if store.skip(&skip).await? {
            let Skip { consumer, reason, .. } = skip;
            tracing::warn!(%consumer, %position, reason, "a consumer is to pass an event");
            return self.done(name, true);
        }
        let Some(record) = store.consumer(&skip.consumer).await? else { return self.done(name, false) };
        let (consumer, checkpoint) = (skip.consumer, record.checkpoint);
        Err(ControlError::AlreadyPassed { consumer, position, checkpoint })
    }

    async fn set_paused(&self, name: ConsumerName, paused: bool) -> Result<(), ControlError> {
        let id = self.named(&name)?;
        let known = self.environment.store.set_paused(&id, paused).await?;
        self.done(name, known)
    }

    /// Has this process look at once at what was changed.
    fn done(&self, name: ConsumerName, known: bool) -> Result<(), ControlError> {
        self.looking.look();
        if known { Ok(()) } else { Err(self.unknown(&name)) }
    }

    async fn check_there(&self, position: Position) -> Result<(), ControlError> {
        let head = self.environment.store.head().await?;
        if position > head { Err(ControlError::NotThere { position, head }) } else { Ok(()) }
    }

    pub(crate) fn named(&self, name: &ConsumerName) -> Result<ConsumerId, ControlError> {
        let mut meant: Vec<_> = self.consumer_ids().filter(|id| name.names(id)).cloned().collect();
        match meant.len() {
            0 => Err(self.unknown(name)),
            1 => Ok(meant.remove(0)),
            _ => Err(ControlError::Ambiguous { name: name.to_string(), meant }),
        }
    }

    pub(super) fn unknown(&self, name: &ConsumerName) -> ControlError {
        ControlError::Unknown { name: name.to_string(), known: self.consumer_ids().cloned().collect() }
    }
}

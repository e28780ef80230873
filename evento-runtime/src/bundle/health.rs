//! Whether the application does its work.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::App;
use crate::{
    consumer::{ConsumerState, ConsumerStatus},
    store::ConsumerId,
};

/// How long the store may take to answer. Probes commonly wait for a second themselves.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether an application does its work, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Everything that is wrong; nothing when the application is ready.
    pub reasons: Vec<Unready>,
    /// How many events the consumers have put aside, as those tell who run them. They make nothing unready.
    pub parked: u64,
    /// How many consumers replay some of these, or discard one.
    pub replaying: usize,
}

impl Health {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.reasons.is_empty()
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ready() {
            f.write_str("ready")?;
            return match self.parked {
                0 => Ok(()),
                parked => write!(f, ", {parked} events are put aside"),
            };
        }
        f.write_str("not ready: ")?;
        for (number, reason) in self.reasons.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{reason}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unready {
    /// The store does not answer as it should.
    Store {
        /// What it says.
        error: String,
    },
    /// A consumer does not get on.
    Consumer {
        /// Which consumer.
        consumer: ConsumerId,
        /// What it is doing instead.
        state: ConsumerState,
        /// Its last error.
        last_error: Option<Arc<str>>,
    },
    /// Nobody runs a consumer that has something to do.
    NoOwner {
        /// Which consumer.
        consumer: ConsumerId,
        /// How many events of the log are behind its position.
        lag: u64,
    },
}

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store { error } => write!(f, "the store: {error}"),
            Self::Consumer { consumer, state, last_error } => {
                write!(f, "consumer `{consumer}` is {state:?}")?;
                last_error.as_ref().map_or(Ok(()), |error| write!(f, ": {error}"))
            }
            Self::NoOwner { consumer, lag } => {
                write!(f, "consumer `{consumer}` is {lag} events behind, and nobody runs it")
            }
        }
    }
}

impl Unready {
    fn of(status: ConsumerStatus) -> Option<Self> {
        let ConsumerStatus { consumer, state, last_error, lag, .. } = status;
        match state {
            ConsumerState::Running | ConsumerState::CatchingUp => None,
            ConsumerState::NotOwned if lag == 0 => None,
            ConsumerState::NotOwned => Some(Self::NoOwner { consumer, lag }),
            ConsumerState::Starting
            | ConsumerState::Paused
            | ConsumerState::Failing
            | ConsumerState::BackingOff
            | ConsumerState::Failed
            | ConsumerState::Stopped => Some(Self::Consumer { consumer, state, last_error }),
        }
    }
}

impl App {
    /// Whether the application does its work, for a probe that asks every few seconds. It is *not ready*
    ///
    /// - when the store does not answer within a second, or answers with an error,
    /// - when a consumer of the bundle, in whichever process, is failing, backing off, failed or paused,
    /// - when a consumer has events to handle and nobody runs it: because its process died, for the time of its lease,
    /// - as long as this process has not asked the store yet who runs what.
    ///
    /// A consumer that is behind and catches up is ready: [`status`](Self::status) says how far it is behind. So is one that has
    /// put events aside, which it counts. It costs three short reads of the store.
    pub async fn health(&self) -> Health {
        let (mut parked, mut replaying) = (0, 0);
        let reasons = match timeout(PATIENCE, self.observe()).await {
            Ok(Ok(status)) => {
                parked = status.iter().map(|one| one.parked).sum();
                replaying = status.iter().filter(|one| one.replaying).count();
                status.into_iter().filter_map(Unready::of).collect()
            }
            Ok(Err(error)) => vec![Unready::Store { error: error.to_string() }],
            Err(_) => vec![Unready::Store { error: format!("no answer in {PATIENCE:?}") }],
        };
        Health { reasons, parked, replaying }
    }
}

//! Leases: which process runs which consumer.
//!
//! A process tells that it lives by one heartbeat for all of its consumers. It has a consumer as long as it lives and nobody
//! has taken the consumer from it, which others may do only when it has given the consumer back or has not been heard of for
//! the time of its lease. That time is measured by the clock of the database alone.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Claim, ConsumerId, StoreError};

/// The identity of a process that runs consumers, drawn anew at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub Uuid);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a process tells with its heartbeat.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// Who.
    pub node: NodeId,
    /// How long it is taken to be alive from now on.
    pub lease: Duration,
    /// The consumers that it runs or would run.
    pub wanted: Arc<[ConsumerId]>,
    /// What it says of those that it runs, as JSON. The store only keeps it.
    pub report: String,
}

/// A process that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Who.
    pub node: NodeId,
    /// The consumers that it runs or would run.
    pub wanted: Vec<ConsumerId>,
    /// What it said last of those that it runs, as JSON.
    pub report: String,
}

/// Keeps who is alive. Who has which consumer is part of its [record](super::ConsumerRecord).
#[async_trait]
pub trait LeaseStore: Send + Sync + 'static {
    /// Says that a process is alive for the time of its lease from now on. Returns whether the store still knew it: then
    /// nobody can have taken over anything of it in the meantime. Otherwise it has to [claim](super::CheckpointStore::claim)
    /// anew whatever it had.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError>;

    /// The processes that are alive, by id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError>;

    /// Gives a consumer back, which anybody may claim from then on. A claim that is not the newest changes nothing.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn release(&self, claim: &Claim) -> Result<(), StoreError>;

    /// Ends a process, and gives back all that it has.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn leave(&self, node: NodeId) -> Result<(), StoreError>;

    /// Changes when somebody has come, or has given something back. A hint: what other processes do may be told late or never.
    fn watch_leases(&self) -> watch::Receiver<u64>;

    /// Whether a heartbeat waits until a transaction of a consumer is over, as in a file that has one writer. A handler that
    /// holds one may take a third of the lease at most then, so that it does not cost its process the lease.
    fn waits_for_transactions(&self) -> bool {
        false
    }
}

/// Consumers as they are kept in one column.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn wanted_json(wanted: &[ConsumerId]) -> Result<String, StoreError> {
    let wanted: Vec<_> =
        wanted.iter().map(|one| (one.component.as_ref(), one.version, one.context.as_ref())).collect();
    super::values::to_json(&wanted)
}

/// Consumers from what [`wanted_json`] made.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn wanted(text: &str) -> Result<Vec<ConsumerId>, String> {
    let wanted: Vec<(String, u32, String)> =
        serde_json::from_str(text).map_err(|error| format!("`{text}` is no list of consumers: {error}"))?;
    let consumer = |(component, version, context): (String, u32, String)| ConsumerId {
        component: component.into(),
        version,
        context: context.into(),
    };
    Ok(wanted.into_iter().map(consumer).collect())
}

/// A time as databases count it.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2).min(i64::MAX / 2)
}

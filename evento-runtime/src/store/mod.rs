//! The seam between the runtime and the databases: small traits, one concern each, and one type per database that
//! implements them all.
//!
//! A store knows messages, positions and JSON; it never sees a component. Whoever writes a store of their own
//! implements [`StateStore`] and its parts, and runs the `conformance` suite against it.

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod apart;
mod audit;
mod bounded;
mod checkpoints;
mod dead_events;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod decide;
mod error;
mod events;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
#[cfg_attr(not(feature = "sqlite"), allow(dead_code, reason = "other stores need all of it"))]
mod group;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod head;
mod interventions;
mod leases;
mod ledger;
mod mark;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod packed;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
mod poll;
mod requests;
mod retention;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod returns;
mod rules;
mod sagas;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod settle;
mod snapshots;
mod stream;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod tail;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) mod values;
mod versions;
mod views;

pub use self::{
    audit::LogAudit,
    checkpoints::{CheckpointStore, Claim, ConsumerId, ConsumerRecord, FirstStart, NewConsumer},
    dead_events::{DeadEvent, DeadEventPlace, DeadEventStore},
    error::{AppendError, StoreError},
    events::{Append, Appended, EventStore, Expected, LogFilter, LogPage, LogQuery},
    interventions::{Interventions, ReplayCommands, Skip},
    leases::{Heartbeat, LeaseStore, NodeId, NodeRecord},
    ledger::{CommandLedger, LedgerEntry, LedgerOutcome, Recording},
    mark::LogMark,
    requests::{DeadEventRequest, RequestAnswer, RequestKind, RequestStore},
    retention::{Horizon, PurgeStep, Retention},
    sagas::{SagaCount, SagaId, SagaRecord, SagaStore},
    snapshots::{Snapshot, SnapshotStore},
    stream::{log_events, stream_events},
    timers::{TimerPlace, TimerRecord, TimerStore},
    transaction::{ConsumerTransaction, TransactionConnection},
    transfer::{LogImport, LogImportError, LogRecord, LogRecordPage, LogTransfer},
    unmatched::{UnmatchedEvent, UnmatchedEventStore},
    versions::{ProjectorVersionStore, ServingVersion, VersionRecord},
    views::{Page, ViewId, ViewMatch, ViewRow, ViewStore},
};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use self::bounded::share;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(crate) use self::poll::Polling;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::{
    apart::apart,
    settle::{Found, Settling, Unsettled, answer_all, settle},
    tail::Tail,
};
pub(crate) use self::{
    bounded::Bounded,
    interventions::kept_reason,
    requests::REMEMBERED,
    rules::{LogEnd, StreamState, check_sizes, first_version},
};
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) use self::{
    decide::{Batch, Known, decide},
    group::{Begun, GroupCommitter, GroupWriter, Waiting},
    head::advance,
    leases::{millis, wanted, wanted_json},
    versions::views as view_names,
    views::behind,
};

use std::{any::TypeId, sync::Arc};

use async_trait::async_trait;

/// A connection that a store lends to handlers that want SQL, for one read outside any consumer's transaction.
pub type ReadConnection = Box<dyn TransactionConnection>;

/// The system state store and the consumer state store in one: everything durable that the runtime needs.
#[async_trait]
pub trait StateStore:
    EventStore
    + LogAudit
    + LogTransfer
    + SnapshotStore
    + CommandLedger
    + CheckpointStore
    + LeaseStore
    + Interventions
    + SagaStore
    + TimerStore
    + UnmatchedEventStore
    + ViewStore
    + ProjectorVersionStore
    + DeadEventStore
    + RequestStore
    + Retention
{
    /// What the store calls itself, with its place: `SQLite file todo.db`.
    fn describe(&self) -> String;

    /// The type of the connection that [`TransactionConnection::connection`] lends, with its name for messages; `None`
    /// for a store without SQL.
    fn connection_type(&self) -> Option<(TypeId, &'static str)> {
        None
    }

    /// A connection for reading, outside any consumer's transaction.
    ///
    /// # Errors
    /// [`StoreError::Unsupported`] for a store without SQL, otherwise whatever keeps the store from lending one.
    async fn read_connection(&self) -> Result<ReadConnection, StoreError> {
        Err(StoreError::Unsupported { what: "a connection", store: self.describe() })
    }

    /// Begins the transaction in which a consumer's effects and its checkpoint move together. It is fenced: it commits
    /// only while `claim` is the newest claim of its consumer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store cannot be reached.
    async fn begin(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError>;

    /// Lets go of everything that is open. Later calls answer [`StoreError::Unavailable`].
    async fn close(&self);
}

/// A store as the runtime holds it.
pub type SharedStore = Arc<dyn StateStore>;

//! Which errors may pass by themselves.

use std::{error::Error as StdError, io};

use super::{QueryError, SendError};
use crate::{
    error::{Error, Transient, cause},
    store::StoreError,
};

/// Whether the same attempt may succeed later. Decided by the types in the chain of sources, never by text: an explicit
/// [`Transient`], an unavailable store, a command that ended in a way that may pass, a connection that broke, a time limit.
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    is_transient_cause(cause(error))
}

/// The same for an error of the standard library.
pub(crate) fn is_transient_cause(error: &(dyn StdError + 'static)) -> bool {
    anyhow::Chain::new(error).any(is_transient_itself)
}

fn is_transient_itself(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<Transient>()
        || cause.is::<tokio::time::error::Elapsed>()
        || cause.downcast_ref::<StoreError>().is_some_and(StoreError::is_transient)
        || cause.downcast_ref::<SendError>().is_some_and(SendError::is_transient)
        || cause.downcast_ref::<QueryError>().is_some_and(QueryError::is_transient)
        || cause.downcast_ref::<io::Error>().is_some_and(is_transient_io)
        || is_transient_sql(cause)
}

fn is_transient_io(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::NotConnected
            | Kind::BrokenPipe
            | Kind::TimedOut
            | Kind::Interrupted
            | Kind::WouldBlock
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
    )
}

#[cfg(feature = "sqlite")]
fn is_transient_sql(cause: &(dyn StdError + 'static)) -> bool {
    use sqlx::Error as Sql;
    cause
        .downcast_ref::<Sql>()
        .is_some_and(|e| matches!(e, Sql::Io(_) | Sql::PoolTimedOut | Sql::PoolClosed | Sql::WorkerCrashed))
}

#[cfg(not(feature = "sqlite"))]
fn is_transient_sql(_cause: &(dyn StdError + 'static)) -> bool {
    false
}

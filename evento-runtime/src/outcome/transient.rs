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

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn is_transient_sql(cause: &(dyn StdError + 'static)) -> bool {
    use sqlx::Error as Sql;
    cause.downcast_ref::<Sql>().is_some_and(|error| match error {
        Sql::Io(_) | Sql::PoolTimedOut | Sql::PoolClosed | Sql::WorkerCrashed => true,
        Sql::Database(error) => is_transient_answer(&**error),
        _ => false,
    })
}

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn is_transient_sql(_cause: &(dyn StdError + 'static)) -> bool {
    false
}

/// By what the answer of a server says that is not the fault of the statement.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn is_transient_answer(error: &dyn sqlx::error::DatabaseError) -> bool {
    is_transient_postgres(error) || is_transient_mysql(error)
}

/// By the code of PostgreSQL's answer: transactions that met and may be repeated, a lock that was not given, a server that
/// lacks something for now, or ends.
#[cfg(feature = "postgres")]
fn is_transient_postgres(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some_and(|error| {
        let code = error.code();
        matches!(code, "40001" | "40P01" | "55P03")
            || ["08", "53", "57P"].iter().any(|class| code.starts_with(class))
    })
}

#[cfg(all(any(feature = "sqlite", feature = "mysql"), not(feature = "postgres")))]
fn is_transient_postgres(_error: &dyn sqlx::error::DatabaseError) -> bool {
    false
}

/// By the number of MySQL's answer: transactions that met, a lock that was not given, a server that ends, a connection that
/// was ended, or too many of them.
#[cfg(feature = "mysql")]
fn is_transient_mysql(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().is_some_and(|error| {
        matches!(error.number(), 1020 | 1040 | 1053 | 1203 | 1205 | 1213 | 1317 | 1927 | 4031)
    })
}

#[cfg(all(any(feature = "sqlite", feature = "postgres", feature = "mysql"), not(feature = "mysql")))]
fn is_transient_mysql(_error: &dyn sqlx::error::DatabaseError) -> bool {
    false
}

//! From what PostgreSQL says to what a store says.

use std::fmt::Display;

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::store::StoreError;

/// What went wrong, as far as the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The connection is no more; what it was about may have happened.
    Lost,
    /// No connection could be had; nothing was sent.
    Unreachable,
    /// A unique key is there already.
    Taken,
    /// Another transaction was in the way, and waiting is not allowed under the server's default isolation; nothing was
    /// written, and it may be tried again.
    Collision,
    /// Somebody else holds a lock for too long, or the server lacks something for now; nothing was written.
    Busy,
    /// The database may only be read, as that of a standby.
    ReadOnly,
    /// The server is there, but not what the address names: database, user or password.
    Address,
    /// PostgreSQL refused what was asked for.
    Refused,
}

/// The five characters by which PostgreSQL names an error: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn code(error: &sqlx::Error) -> Option<&str> {
    postgres(error).map(PgDatabaseError::code)
}

fn postgres(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

pub(super) fn cause(error: &sqlx::Error) -> Cause {
    let Some(database) = postgres(error) else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => Cause::Lost,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Cause::Unreachable,
            _ => Cause::Refused,
        };
    };
    match database.code() {
        "23505" => Cause::Taken,
        "40001" | "40P01" => Cause::Collision,
        "25006" => Cause::ReadOnly,
        "3D000" => Cause::Address,
        code if code.starts_with("28") => Cause::Address,
        code if code.starts_with("08") || code.starts_with("57P") => Cause::Lost,
        _ if matches!(database.severity(), PgSeverity::Fatal | PgSeverity::Panic) => Cause::Lost,
        "55P03" | "57014" => Cause::Busy,
        code if code.starts_with("53") => Cause::Busy,
        _ => Cause::Refused,
    }
}

/// Whether it says that a prepared statement is not where it was made: a pooler has handed the session to somebody else.
fn lost_its_session(error: &sqlx::Error) -> bool {
    matches!(code(error), Some("26000" | "42P05"))
}

/// Whether it says that what a connection asks for at its start is not known.
pub(super) fn refuses_hints(error: &sqlx::Error) -> bool {
    matches!(code(error), Some("08P01" | "22023" | "42704"))
}

/// The error of a statement. `doing` says what was tried: `reading the log`.
pub(super) fn failed(doing: &str, error: sqlx::Error) -> StoreError {
    let reason = if lost_its_session(&error) {
        format!(
            "{doing}: {error}: behind a pooler that shares sessions, open it with `prepared_statements(false)`"
        )
    } else {
        format!("{doing}: {error}")
    };
    let cause = cause(&error);
    let source = Some(Box::new(error) as Box<dyn std::error::Error + Send + Sync>);
    match cause {
        Cause::Lost | Cause::Unreachable | Cause::Busy | Cause::Collision => {
            StoreError::Unavailable { reason, source }
        }
        Cause::ReadOnly => StoreError::ReadOnly { store: "the PostgreSQL database".to_owned(), source },
        Cause::Taken | Cause::Address | Cause::Refused => StoreError::Failed { reason, source },
    }
}

/// What is said when an answer does not come.
pub(super) fn too_slow() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not answer"))
}

pub(super) fn closed() -> StoreError {
    StoreError::Unavailable { reason: "it is closed".to_owned(), source: None }
}

pub(super) fn corrupt(what: impl Display, reason: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: what.to_string(), reason: reason.into() }
}

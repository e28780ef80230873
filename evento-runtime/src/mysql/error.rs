//! From what the server says to what a store says.

use std::fmt::Display;

use sqlx::mysql::MySqlDatabaseError;

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
    /// Another transaction was in the way, and the server has undone this one; it may be tried again.
    Collision,
    /// Somebody else holds a lock for too long, or the server lacks something for now; nothing was written.
    Busy,
    /// The database may only be read, as that of a replica.
    ReadOnly,
    /// The server is there, but not what the address names: database, user or password.
    Address,
    /// There is no such table.
    Missing,
    /// A column or an index that is to be made is there already.
    There,
    /// A savepoint is gone, and with it the transaction that it was in.
    NoSavepoint,
    /// The server refused what was asked for.
    Refused,
}

/// By the numbers of errors: <https://mariadb.com/docs/server/reference/error-codes>,
/// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>.
pub(super) fn cause(error: &sqlx::Error) -> Cause {
    let Some(database) = error.as_database_error().and_then(|error| error.try_downcast_ref()) else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => Cause::Lost,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Cause::Unreachable,
            _ => Cause::Refused,
        };
    };
    match MySqlDatabaseError::number(database) {
        // A shutdown; a network that broke; a statement or connection that somebody has ended; a client that was idle.
        1053 | 1077..=1079 | 1152 | 1158..=1161 | 1184 | 1317 | 1927 | 4031 => Cause::Lost,
        1022 | 1062 | 1169 | 1586 => Cause::Taken,
        // A deadlock; a row that has changed since it was read.
        1020 | 1213 => Cause::Collision,
        // Locks; connections; memory; the disk; a limit of the time of a statement.
        1205 | 1021 | 1037 | 1038 | 1040 | 1041 | 1114 | 1135 | 1203 | 1226 | 1969 | 3024 => Cause::Busy,
        1290 | 1792 | 1836 => Cause::ReadOnly,
        1044 | 1045 | 1049 | 1129 | 1130 | 1251 | 1275 | 1524 | 1698 | 3118 => Cause::Address,
        1051 | 1146 => Cause::Missing,
        1060 | 1061 => Cause::There,
        1305 => Cause::NoSavepoint,
        _ => Cause::Refused,
    }
}

/// The error of a statement. `doing` says what was tried: `reading the log`.
pub(super) fn failed(doing: &str, error: sqlx::Error) -> StoreError {
    let cause = cause(&error);
    let reason = match cause {
        Cause::Collision => format!("{doing}: other transactions were in the way: {error}"),
        _ => format!("{doing}: {error}"),
    };
    let source = Some(Box::new(error) as Box<dyn std::error::Error + Send + Sync>);
    match cause {
        Cause::Lost | Cause::Unreachable | Cause::Busy | Cause::Collision => {
            StoreError::Unavailable { reason, source }
        }
        Cause::ReadOnly => StoreError::ReadOnly { store: "the MySQL database".to_owned(), source },
        Cause::Taken
        | Cause::Address
        | Cause::Missing
        | Cause::There
        | Cause::NoSavepoint
        | Cause::Refused => StoreError::Failed { reason, source },
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

//! From what SQLite says to what a store says.

use std::fmt::Display;

use crate::store::StoreError;

/// Result codes of SQLite (<https://sqlite.org/rescode.html>); the lowest byte of an extended code is the primary one.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOMEM: i32 = 7;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;

/// What went wrong, as far as the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Another process, or another program, holds the file.
    Busy,
    /// The file, or its folder, may only be read.
    ReadOnly,
    /// The file is no database, or a damaged one.
    Damaged,
    /// There is no such file, or it may not be opened.
    CannotOpen,
    /// The machine has no room, or its disk does not answer. Nothing was done.
    Exhausted,
    /// The connection is no more; what it was about may have happened.
    Lost,
    /// SQLite refused what was asked for.
    Refused,
}

pub(super) fn cause(error: &sqlx::Error) -> Cause {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => Cause::Lost,
            _ => Cause::Refused,
        };
    };
    let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
    match code & 0xff {
        BUSY | LOCKED => Cause::Busy,
        READONLY => Cause::ReadOnly,
        CORRUPT | NOTADB => Cause::Damaged,
        CANTOPEN => Cause::CannotOpen,
        FULL | IOERR | NOMEM => Cause::Exhausted,
        _ => Cause::Refused,
    }
}

/// The error of a statement. `doing` says what was tried: `reading the log`.
pub(super) fn failed(doing: &str, error: sqlx::Error) -> StoreError {
    let source = |error| Some(Box::new(error) as Box<dyn std::error::Error + Send + Sync>);
    match cause(&error) {
        // SQLite's own words, "database is locked", would send people looking for a lock of theirs.
        Cause::Busy => StoreError::Unavailable {
            reason: format!("{doing}: another process was writing to the file for too long"),
            source: None,
        },
        Cause::Lost | Cause::CannotOpen | Cause::Exhausted => {
            StoreError::Unavailable { reason: format!("{doing}: {error}"), source: source(error) }
        }
        Cause::ReadOnly => {
            StoreError::ReadOnly { store: "the SQLite file".to_owned(), source: source(error) }
        }
        Cause::Damaged => {
            StoreError::Corrupt { what: "the SQLite file".to_owned(), reason: format!("{doing}: {error}") }
        }
        Cause::Refused => StoreError::Failed { reason: format!("{doing}: {error}"), source: source(error) },
    }
}

pub(super) fn closed() -> StoreError {
    StoreError::Unavailable { reason: "it is closed".to_owned(), source: None }
}

pub(super) fn corrupt(what: impl Display, reason: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: what.to_string(), reason: reason.into() }
}

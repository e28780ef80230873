//! The kinds of faults that strike a log.

use super::{Store, tally::Kind};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Strike {
    WriterKilled,
    ReaderKilled,
    WriterStopped,
    ReaderStopped,
    StoppedForLong,
    StoppedHoldingHead,
    StoppedDuringReturn,
    ReaderTakenOver,
    ConnectionCut,
    ServerStopped,
    OlderCopy,
    CommitStalled,
    CommitHeld,
    OpenTransaction,
}

impl Kind for Strike {
    const ALL: &'static [Self] = &[
        Self::WriterKilled,
        Self::ReaderKilled,
        Self::WriterStopped,
        Self::ReaderStopped,
        Self::StoppedForLong,
        Self::ReaderTakenOver,
        Self::OpenTransaction,
        Self::StoppedHoldingHead,
        Self::ConnectionCut,
        Self::CommitStalled,
        Self::CommitHeld,
        Self::ServerStopped,
        Self::OlderCopy,
        Self::StoppedDuringReturn,
    ];

    const TITLE: &'static str = "faults that must have struck";

    fn words(self) -> &'static str {
        match self {
            Self::WriterKilled => "writers killed with SIGKILL",
            Self::ReaderKilled => "readers killed with SIGKILL",
            Self::WriterStopped => "writers stopped with SIGSTOP and continued",
            Self::ReaderStopped => "readers stopped with SIGSTOP and continued",
            Self::StoppedForLong => "of them, stopped for longer than whoever holds the head may be silent",
            Self::StoppedHoldingHead => "of them, writers stopped while they held the head",
            Self::StoppedDuringReturn => "of them, stopped while an older copy took the place of the log",
            Self::ReaderTakenOver => "readers taken over while they were stopped",
            Self::ConnectionCut => "connections cut",
            Self::ServerStopped => "shutdowns of the server at once",
            Self::OlderCopy => "returns of the server to an older copy",
            Self::CommitStalled => {
                "events stalled by a trigger between taking their positions and being seen"
            }
            Self::CommitHeld => "commits held up by the lock of a backup, about half of them then cut",
            Self::OpenTransaction => "unrelated transactions held open one after the other",
        }
    }

    fn does_not_apply(self, store: Store) -> Option<&'static str> {
        match (store, self) {
            (Store::Sqlite, Self::ServerStopped | Self::ConnectionCut) => {
                Some("there is no server, and no connection to one")
            }
            (Store::Sqlite, Self::OlderCopy | Self::StoppedDuringReturn) => {
                Some("a file that is replaced under those who have it open is damaged, not older")
            }
            (Store::Sqlite, Self::CommitStalled) => Some("SQLite has no statement that takes its time"),
            (Store::Sqlite | Store::Postgres, Self::CommitHeld) => {
                Some("there is no lock for backups that holds up commits")
            }
            (Store::Sqlite, Self::StoppedHoldingHead) => {
                Some("nobody can be asked who holds the file; those that are stopped for long do, sometimes")
            }
            (Store::Sqlite | Store::Postgres | Store::MySql, _) => None,
        }
    }
}

//! How often each kind of fault struck.

use std::fmt;

use super::Store;

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

impl Strike {
    const ALL: [Self; 14] = [
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

    /// Why there is no such fault on a store.
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

/// Counts.
pub(super) struct Strikes {
    store: Store,
    numbers: [u64; Strike::ALL.len()],
}

impl Strikes {
    pub(super) fn new(store: Store) -> Self {
        Self { store, numbers: [0; Strike::ALL.len()] }
    }

    pub(super) fn add(&mut self, strike: Strike, number: u64) {
        for (kind, sum) in Strike::ALL.iter().zip(&mut self.numbers) {
            if *kind == strike {
                *sum += number;
            }
        }
    }

    /// Whether each kind that applies has struck.
    pub(super) fn are_complete(&self) -> bool {
        Strike::ALL
            .iter()
            .zip(self.numbers)
            .all(|(kind, number)| number > 0 || kind.does_not_apply(self.store).is_some())
    }
}

impl fmt::Display for Strikes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "faults that must have struck")?;
        for (kind, number) in Strike::ALL.iter().zip(self.numbers) {
            match kind.does_not_apply(self.store) {
                Some(why) => writeln!(f, "        -  {}: {why}", kind.words())?,
                None => {
                    let stands_out = if number == 0 { "   <== wrong" } else { "" };
                    writeln!(f, "{number:>9}  {}{stands_out}", kind.words())?;
                }
            }
        }
        Ok(())
    }
}

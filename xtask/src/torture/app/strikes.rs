//! How often each kind of fault struck from outside. Those of handlers are counted by the audit.

use std::fmt;

use crate::torture::Store;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    Killed,
    AllKilled,
    Stopped,
    StoppedBeyondLease,
    ServerStopped,
}

impl Strike {
    const ALL: [Self; 5] =
        [Self::Killed, Self::AllKilled, Self::Stopped, Self::StoppedBeyondLease, Self::ServerStopped];

    fn words(self) -> &'static str {
        match self {
            Self::Killed => "processes killed with SIGKILL",
            Self::AllKilled => "times that all processes were killed at once",
            Self::Stopped => "processes stopped with SIGSTOP and continued",
            Self::StoppedBeyondLease => "of them, stopped beyond their lease",
            Self::ServerStopped => "shutdowns of the server at once",
        }
    }

    /// Why there is no such fault on a store.
    fn does_not_apply(self, store: Store) -> Option<&'static str> {
        let is_missing = store == Store::Sqlite && self == Self::ServerStopped;
        is_missing.then_some("there is no server")
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
        let complete =
            |(kind, number): (&Strike, u64)| number > 0 || kind.does_not_apply(self.store).is_some();
        Strike::ALL.iter().zip(self.numbers).all(complete)
    }
}

impl fmt::Display for Strikes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "faults of processes that must have struck")?;
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

//! The kinds of faults that strike an application from outside. Those of handlers are counted by the audit.

use crate::torture::{Store, tally::Kind};

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strike {
    Killed,
    AllKilled,
    Released,
    Stopped,
    StoppedBeyondLease,
    ServerStopped,
}

impl Kind for Strike {
    const ALL: &'static [Self] = &[
        Self::Killed,
        Self::AllKilled,
        Self::Released,
        Self::Stopped,
        Self::StoppedBeyondLease,
        Self::ServerStopped,
    ];

    const TITLE: &'static str = "faults of processes that must have struck";

    fn words(self) -> &'static str {
        match self {
            Self::Killed => "processes killed with SIGKILL",
            Self::AllKilled => "times that all processes were killed at once",
            Self::Released => {
                "processes of the next release, which raises two versions, among those of the first"
            }
            Self::Stopped => "processes stopped with SIGSTOP and continued",
            Self::StoppedBeyondLease => "of them, stopped beyond their lease",
            Self::ServerStopped => "shutdowns of the server at once",
        }
    }

    fn does_not_apply(self, store: Store) -> Option<&'static str> {
        let is_missing = store == Store::Sqlite && self == Self::ServerStopped;
        is_missing.then_some("there is no server")
    }
}

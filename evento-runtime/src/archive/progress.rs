//! How far it is.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Events are read from the store and written to the archive.
    Exporting,
    /// The archive is read to its end, and compared with what the store has already. Nothing is written yet.
    Checking,
    /// Events are written to the store.
    Importing,
    /// What the store has is read back and compared with the archive.
    Verifying,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Exporting => "exporting",
            Self::Checking => "checking",
            Self::Importing => "importing",
            Self::Verifying => "verifying",
        })
    }
}

/// How far a phase has come, in positions of the log: with filters, most of them may be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many positions are done with.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// Whom to tell.
pub(super) type Listener<'l> = Box<dyn FnMut(&Progress) + Send + 'l>;

/// Tells nobody.
pub(super) fn nobody<'l>() -> Listener<'l> {
    Box::new(|_| {})
}

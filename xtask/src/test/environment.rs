//! What the tests need beside the code.
//!
//! Nothing for now: memory and SQLite come with the program. A database server would be a module of its own that starts
//! a throwaway one, names its address in a variable here, and stops it when the [`Environment`] that holds it is dropped.

use anyhow::Result;

/// What was put in place for the tests; it is there as long as this value is.
#[derive(Default)]
pub(super) struct Environment {
    variables: Vec<(&'static str, String)>,
}

impl Environment {
    /// Puts everything in place.
    pub(super) fn prepare() -> Result<Self> {
        Ok(Self::default())
    }

    /// The variables that tell the tests where everything is.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

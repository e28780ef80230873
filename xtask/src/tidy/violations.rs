//! What breaks a rule: all of it, not only the first.

use std::{collections::BTreeSet, fmt};

/// Places that break rules, by path and line.
#[derive(Debug, Default)]
pub(super) struct Violations(BTreeSet<Violation>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    line: usize,
    message: String,
}

impl Violations {
    /// Adds one, at a line that counts from 1.
    pub(super) fn report(&mut self, path: &str, line: usize, message: impl Into<String>) {
        self.0.insert(Violation { path: path.to_owned(), line, message: message.into() });
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places as `path:line`, for tests.
    #[cfg(test)]
    pub(super) fn places(&self) -> Vec<String> {
        self.0.iter().map(|found| format!("{}:{}", found.path, found.line)).collect()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Violation { path, line, message } in &self.0 {
            writeln!(f, "{path}:{line}: {message}")?;
        }
        match self.0.len() {
            0 => writeln!(f, "tidy: all rules hold"),
            1 => writeln!(f, "tidy: 1 place breaks a rule"),
            count => writeln!(f, "tidy: {count} places break rules"),
        }
    }
}

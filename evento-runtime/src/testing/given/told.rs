//! What a test has told so far, for whoever reads why it failed.

use std::fmt;

use super::list::{OneOf, named};

/// Where a test stands.
pub mod stage {
    /// Nothing has happened yet: say `.given(..)` as often as you like, then `.when(..)`.
    pub enum Given {}
    /// Something has happened: look at it with `.then_..(..)`, as often as you like, or go on with another `.when(..)`.
    pub enum When {}
}

/// The story of a test.
#[derive(Clone, Default)]
pub(super) struct Told(Vec<(&'static str, String)>);

impl Told {
    /// Payloads were given. Only their names are told, for there may be many.
    pub(super) fn given(&mut self, payloads: &[OneOf]) {
        let names: Vec<_> = payloads.iter().map(|one| one.meta.name).collect();
        if !names.is_empty() {
            self.0.push(("given", names.join(", ")));
        }
    }

    /// Something happened.
    pub(super) fn when(&mut self, what: &OneOf) {
        self.0.push(("when", named(what.meta.name, &what.json).to_string()));
    }

    /// Something else was given or happened.
    pub(super) fn tell(&mut self, role: &'static str, what: impl Into<String>) {
        self.0.push((role, what.into()));
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (role, what) in &self.0 {
            writeln!(f, "  {role:<5}  {what}")?;
        }
        Ok(())
    }
}

//! What is allowed in a bundle, and is a mistake more often than not.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use super::{Description, HandlerDescription};
use crate::component::HandlerKind;

/// Something in a bundle that is allowed, and is a mistake more often than not. `bundle! { deny: [..] }` makes it one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "lint", content = "payload", rename_all = "snake_case")]
pub enum Lint {
    /// An event that a handler decides and no consumer handles.
    UnconsumedEvent(&'static str),
    /// A command that is handled and that nobody in the bundle sends.
    UnsentCommand(&'static str),
    /// A query that is handled and that nobody in the bundle asks.
    UnaskedQuery(&'static str),
    /// A deadline that a saga handles and does not schedule.
    UnscheduledDeadline(&'static str),
}

impl Lint {
    /// The name by which `bundle! { deny: [..] }` knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnconsumedEvent(_) => "unconsumed_event",
            Self::UnsentCommand(_) => "unsent_command",
            Self::UnaskedQuery(_) => "unasked_query",
            Self::UnscheduledDeadline(_) => "unscheduled_deadline",
        }
    }

    /// The stored name of the payload that it is about.
    #[must_use]
    pub const fn payload(self) -> &'static str {
        match self {
            Self::UnconsumedEvent(name)
            | Self::UnsentCommand(name)
            | Self::UnaskedQuery(name)
            | Self::UnscheduledDeadline(name) => name,
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnconsumedEvent(name) => write!(f, "no consumer handles the event `{name}`"),
            Self::UnsentCommand(name) => write!(f, "nobody sends the command `{name}`"),
            Self::UnaskedQuery(name) => write!(f, "nobody asks the query `{name}`"),
            Self::UnscheduledDeadline(name) => write!(f, "nobody schedules the deadline `{name}`"),
        }
    }
}

impl Description {
    /// What deserves a second look, sorted.
    #[must_use]
    pub fn lints(&self) -> Vec<Lint> {
        let named = |of: fn(&HandlerDescription) -> &[&'static str]| -> BTreeSet<_> {
            self.handlers().flat_map(of).copied().collect()
        };
        let sent = named(|handler| &handler.emits);
        let asked = named(|handler| &handler.queries);
        let scheduled = named(|handler| &handler.schedules);
        let is_consuming = |handler: &&HandlerDescription| {
            matches!(handler.kind, HandlerKind::Event | HandlerKind::SagaEvent)
        };
        let consumed: BTreeSet<_> =
            self.handlers().filter(is_consuming).filter_map(|handler| handler.handles).collect();
        let decided = named(|handler| &handler.decides);
        let mut lints: BTreeSet<_> =
            decided.difference(&consumed).copied().map(Lint::UnconsumedEvent).collect();
        for handler in self.handlers() {
            let Some(name) = handler.handles else { continue };
            match handler.kind {
                HandlerKind::AggregateCommand | HandlerKind::Command if !sent.contains(name) => {
                    lints.insert(Lint::UnsentCommand(name));
                }
                HandlerKind::Query if !asked.contains(name) => {
                    lints.insert(Lint::UnaskedQuery(name));
                }
                HandlerKind::SagaDeadline if !scheduled.contains(name) => {
                    lints.insert(Lint::UnscheduledDeadline(name));
                }
                _ => {}
            }
        }
        lints.into_iter().collect()
    }

    pub(super) fn handlers(&self) -> impl Iterator<Item = &HandlerDescription> {
        self.components.iter().flat_map(|component| &component.handlers)
    }
}

//! The check of the whole interaction graph, at compile time.
//!
//! `bundle!` evaluates one constant per rule and component, so that each mistake is one error at the component that makes
//! it. A rule gives back what is wrong, and [`no_mistake`] panics with it where it is called, so that rustc points at the component and
//! not into these files. Names are compared by hash, and each payload brings the hash of its stored name along.
//!
//! The compiler takes a step for each statement, which is some ten thousand times slower than to run it. So the components are gone
//! through once, to fill a table of the names; the table tells whether a mistake of some sort is in it; and unless there is, the rule
//! about it is done. Otherwise it looks up the names of its component.

mod deadlines;
mod denied;
mod handlers;
#[cfg(test)]
mod large;
mod marks;
mod message;
mod names;
#[cfg(test)]
mod random;
mod remote;
mod table;
mod twice;
mod upcasters;
mod views;
mod walk;

pub use self::{
    deadlines::scheduled_is_handled,
    denied::{unasked_query, unconsumed_event, unscheduled_deadline, unsent_command},
    handlers::{one_handler, sent_is_handled},
    message::{Message, no_mistake},
    names::{one_payload, unique_name},
    remote::handled_elsewhere,
    table::{Table, capacity},
    twice::{handled_twice, has_rivals},
    upcasters::{missing_upcasters, second_from_one_version, version_that_never_was},
    views::{one_writer, read_is_written, reads_a_member},
};
use self::{marks::Marks, table::NOBODY};
use crate::{
    component::ComponentMeta,
    payload::{PayloadMeta, same},
};

/// The graph of a bundle.
///
/// Most graphs are sound, and that they are is known at once: `judged` is what is known of any name. Only where there is a mistake of a
/// sort, the names are looked up.
pub struct Graph {
    components: &'static [&'static ComponentMeta],
    remote: &'static [&'static PayloadMeta],
    names: &'static [u64],
    marks: &'static [Marks],
    owners: &'static [u16],
    judged: Marks,
}

impl Graph {
    /// The graph of these components, with the table of their names.
    #[must_use]
    pub const fn new<const N: usize>(
        components: &'static [&'static ComponentMeta],
        remote: &'static [&'static PayloadMeta],
        table: &'static Table<N>,
    ) -> Self {
        let (mut judged, mut marks): (_, &[Marks]) = (0, &table.marks);
        while let [known, rest @ ..] = marks {
            marks = rest;
            if *known != 0 {
                judged |= marks::judged(*known);
            }
        }
        Self { components, remote, names: &table.names, marks: &table.marks, owners: &table.owners, judged }
    }

    /// Whether any name has one of these marks.
    const fn has(&self, marks: Marks) -> bool {
        self.judged & marks != 0
    }

    /// Whether a payload of this name, told by its hash, has one of these marks.
    const fn is(&self, name: u64, marks: Marks) -> bool {
        match self.slot(name) {
            Some(slot) => marks::judged(self.marks[slot]) & marks != 0,
            None => false,
        }
    }

    /// The first component that handles, writes or decides a payload. `None` also where another payload has the name.
    const fn owner(&self, payload: &PayloadMeta) -> Option<usize> {
        match self.slot(payload.key.name) {
            Some(slot) if self.owners[slot] != NOBODY => Some(self.owners[slot] as usize),
            _ => None,
        }
    }

    const fn slot(&self, name: u64) -> Option<usize> {
        let mut slot = name as usize & (self.names.len() - 1);
        while self.marks[slot] != 0 {
            if self.names[slot] == name {
                return Some(slot);
            }
            slot = (slot + 1) & (self.names.len() - 1);
        }
        None
    }

    /// The first component of a name.
    const fn first_called(&self, name: &str) -> Option<usize> {
        let mut at = 0;
        while at < self.components.len() {
            if same(self.components[at].name, name) {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}

/// Whether two descriptions are of one type.
const fn same_payload(a: &PayloadMeta, b: &PayloadMeta) -> bool {
    a.key.name == b.key.name && a.key.definition == b.key.definition
}

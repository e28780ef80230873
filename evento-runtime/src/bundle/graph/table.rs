//! The table of names, with what is known of each.
//!
//! It holds numbers only: the compiler copies and validates an array of them at once, and one of anything else piece by piece.

use super::marks::{self, Marks};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta},
    handler::{Decided, Uses},
    payload::{PayloadMeta, hash},
};

/// The size of the table that holds the names of a bundle: a power of two in which some places stay free.
#[must_use]
pub const fn capacity(components: &[&ComponentMeta], remote: &[&PayloadMeta]) -> usize {
    let mut names = components.len() + names_of(remote);
    let mut components = components;
    while let [component, rest @ ..] = components {
        components = rest;
        let mut handlers = component.handlers;
        while let [handler, rest @ ..] = handlers {
            handlers = rest;
            if let Some(payload) = handler.payload {
                names += 1 + payload.aliases.len();
            }
            let mut params = handler.params;
            while let [param, rest @ ..] = params {
                params = rest;
                match param {
                    Uses::Commands(all) | Uses::Queries(all) | Uses::Timers(all) => names += names_of(all),
                    Uses::View(view) => names += 1 + view.aliases.len(),
                    Uses::Message | Uses::Connection(_) | Uses::Tables => {}
                }
            }
            names += names_of_events(&handler.decides);
        }
    }
    (names + names / 2 + 1).next_power_of_two()
}

/// How many names these payloads have, now and before.
const fn names_of(payloads: &[&PayloadMeta]) -> usize {
    let (mut names, mut payloads) = (0, payloads);
    while let [payload, rest @ ..] = payloads {
        payloads = rest;
        names += 1 + payload.aliases.len();
    }
    names
}

/// How many names the events have that a return type may contain.
const fn names_of_events(decided: &Decided) -> usize {
    match decided {
        Decided::One(event) => 1 + event.aliases.len(),
        Decided::All(all) => {
            let (mut names, mut all) = (0, *all);
            while let [decided, rest @ ..] = all {
                all = rest;
                names += names_of_events(decided);
            }
            names
        }
    }
}

/// No component is the first.
pub(super) const NOBODY: u16 = u16::MAX;

/// The names of a bundle, open-addressed by their hashes. `N` is the [`capacity`] for the same components.
pub struct Table<const N: usize> {
    pub(super) names: [u64; N],
    pub(super) marks: [Marks; N],
    /// The first component that handles, writes or decides what has the name.
    pub(super) owners: [u16; N],
    definitions: [u64; N],
}

impl<const N: usize> Table<N> {
    /// The table of these components.
    #[must_use]
    pub const fn new(components: &[&ComponentMeta], remote: &[&PayloadMeta]) -> Self {
        assert!(components.len() < NOBODY as usize, "a bundle has at most 65,534 components");
        let mut table = Self { names: [0; N], marks: [0; N], definitions: [0; N], owners: [NOBODY; N] };
        let (mut owner, mut left) = (0, components);
        while let [component, rest @ ..] = left {
            left = rest;
            table.mark(of_component(component.name), owner as u64, marks::TAKEN, owner);
            let mut handlers = component.handlers;
            while let [handler, rest @ ..] = handlers {
                handlers = rest;
                table.handler(component.kind, handler, owner);
            }
            owner += 1;
        }
        // Last, so that the first of what has a name is what a component names.
        table.payloads(remote, marks::REMOTE, NOBODY);
        table
    }

    /// Marks whatever a handler takes, whatever its parameters allow and whatever it returns.
    const fn handler(&mut self, kind: ComponentKind, handler: &HandlerMeta, owner: u16) {
        if let Some(payload) = handler.payload {
            self.payload(payload, marks::of_handler(handler.kind), owner);
        }
        let mut params = handler.params;
        while let [param, rest @ ..] = params {
            params = rest;
            match param {
                Uses::Commands(commands) => self.payloads(commands, marks::SENT, owner),
                Uses::Queries(queries) => self.payloads(queries, marks::ASKED, owner),
                Uses::Timers(deadlines) => self.payloads(deadlines, marks::SCHEDULED, owner),
                Uses::View(view) => self.payload(view, marks::of_view(kind), owner),
                Uses::Message | Uses::Connection(_) | Uses::Tables => {}
            }
        }
        self.events(&handler.decides, owner);
    }

    const fn payloads(&mut self, payloads: &[&PayloadMeta], marks: Marks, owner: u16) {
        let mut payloads = payloads;
        while let [payload, rest @ ..] = payloads {
            payloads = rest;
            self.payload(payload, marks, owner);
        }
    }

    const fn events(&mut self, decided: &Decided, owner: u16) {
        match decided {
            Decided::One(event) => self.payload(event, marks::DECIDED, owner),
            Decided::All(all) => {
                let mut all = *all;
                while let [decided, rest @ ..] = all {
                    all = rest;
                    self.events(decided, owner);
                }
            }
        }
    }

    /// Marks a payload that a component names, and that all its names are taken.
    const fn payload(&mut self, payload: &PayloadMeta, marks: Marks, owner: u16) {
        self.mark(payload.key.name, payload.key.definition, marks, owner);
        let mut aliases = payload.aliases;
        while let [alias, rest @ ..] = aliases {
            aliases = rest;
            self.mark(hash(alias), payload.key.definition, marks::TAKEN, owner);
        }
    }

    /// Marks a name of what is defined as this, and notes when it is shared or disputed.
    const fn mark(&mut self, name: u64, definition: u64, marks: Marks, owner: u16) {
        let mut slot = name as usize & (N - 1);
        while self.marks[slot] != 0 && self.names[slot] != name {
            slot = (slot + 1) & (N - 1);
        }
        if self.marks[slot] == 0 {
            (self.names[slot], self.definitions[slot]) = (name, definition);
        }
        if self.definitions[slot] != definition {
            self.marks[slot] |= marks::SHARED;
        } else if marks & marks::FIRST != 0 {
            if self.owners[slot] == NOBODY {
                self.owners[slot] = owner;
            } else if marks & marks::OWNED != 0 && self.owners[slot] != owner {
                self.marks[slot] |= marks::DISPUTED;
            }
        }
        self.marks[slot] |= marks;
    }
}

/// The hash for the name of a component, which may be called like a payload.
pub(super) const fn of_component(name: &str) -> u64 {
    !hash(name)
}

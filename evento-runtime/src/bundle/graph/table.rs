//! The table of names, with what is known of each.
//!
//! It holds numbers only: the compiler copies and validates an array of them at once, and one of anything else piece by piece.

use super::marks::{self, Marks, mark};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta},
    handler::{Decided, Uses},
    payload::{PayloadKey, PayloadMeta, hash},
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
            table.mark(of_component(component.name, owner), &[], mark!(TAKEN), owner);
            let mut handlers = component.handlers;
            while let [handler, rest @ ..] = handlers {
                handlers = rest;
                table.handler(component.kind, handler, owner);
            }
            owner += 1;
        }
        // Last, so that the first of what has a name is what a component names.
        table.payloads(remote, mark!(REMOTE), NOBODY);
        table
    }

    /// Marks whatever a handler takes, whatever its parameters allow and whatever it returns.
    const fn handler(&mut self, kind: ComponentKind, handler: &HandlerMeta, owner: u16) {
        if let Some(payload) = handler.payload {
            self.mark(payload.key, payload.aliases, marks::of_handler(handler.kind), owner);
        }
        let mut params = handler.params;
        while let [param, rest @ ..] = params {
            params = rest;
            match param {
                Uses::Commands(commands) => self.payloads(commands, mark!(SENT), owner),
                Uses::Queries(queries) => self.payloads(queries, mark!(ASKED), owner),
                Uses::Timers(deadlines) => self.payloads(deadlines, mark!(SCHEDULED), owner),
                Uses::View(view) => self.mark(view.key, view.aliases, marks::of_view(kind), owner),
                Uses::Message | Uses::Connection(_) | Uses::Tables => {}
            }
        }
        self.events(&handler.decides, owner);
    }

    const fn payloads(&mut self, payloads: &[&PayloadMeta], marks: Marks, owner: u16) {
        let mut payloads = payloads;
        while let [payload, rest @ ..] = payloads {
            payloads = rest;
            self.mark(payload.key, payload.aliases, marks, owner);
        }
    }

    const fn events(&mut self, decided: &Decided, owner: u16) {
        match decided {
            Decided::One(event) => self.mark(event.key, event.aliases, mark!(DECIDED), owner),
            Decided::All(all) => {
                let mut all = *all;
                while let [decided, rest @ ..] = all {
                    all = rest;
                    self.events(decided, owner);
                }
            }
        }
    }

    /// Marks a name of what is defined as this, and that its older names are taken; notes what is shared or disputed.
    const fn mark(&mut self, key: PayloadKey, aliases: &[&str], marks: Marks, owner: u16) {
        let PayloadKey { mut name, definition } = key;
        let (mut aliases, mut marks) = (aliases, marks);
        loop {
            let mut slot = name as usize & (N - 1);
            while self.marks[slot] != 0 && self.names[slot] != name {
                slot = (slot + 1) & (N - 1);
            }
            if self.marks[slot] == 0 {
                (self.names[slot], self.definitions[slot]) = (name, definition);
            }
            if self.definitions[slot] != definition {
                marks |= mark!(SHARED);
            } else if marks & mark!(FIRST) != 0 {
                if self.owners[slot] == NOBODY {
                    self.owners[slot] = owner;
                } else if marks & mark!(OWNED) != 0 && self.owners[slot] != owner {
                    marks |= mark!(DISPUTED);
                }
            }
            self.marks[slot] |= marks;
            let [alias, rest @ ..] = aliases else { return };
            (name, aliases, marks) = (hash(alias), rest, mark!(TAKEN));
        }
    }
}

/// The key of a component, which may be called like a payload, but not like another component.
const fn of_component(name: &str, index: u16) -> PayloadKey {
    PayloadKey { name: !hash(name), definition: index as u64 }
}

//! Filling the table with the names of a bundle.

use super::{
    answers,
    table::{Entry, Graph, Role},
};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta},
    handler::{Decided, Uses},
    payload::{PayloadMeta, hash},
};

/// The size of the table that holds a bundle.
#[must_use]
pub const fn capacity(components: &[&ComponentMeta], remote: &[&PayloadMeta]) -> usize {
    let mut entries = components.len() + remote.len();
    let mut at = 0;
    while at < components.len() {
        let handlers = components[at].handlers;
        let mut handler = 0;
        while handler < handlers.len() {
            // The payload as handled and as a name; each parameter as written, and each payload that it names.
            entries += 2 + events(&handlers[handler].decides);
            let mut param = 0;
            while param < handlers[handler].params.len() {
                entries += 1 + handlers[handler].params[param].payloads().len();
                param += 1;
            }
            handler += 1;
        }
        at += 1;
    }
    (entries * 2 + 1).next_power_of_two()
}

/// How many events a return type may contain.
const fn events(decided: &Decided) -> usize {
    match decided {
        Decided::One(_) => 1,
        Decided::All(all) => {
            let (mut count, mut at) = (0, 0);
            while at < all.len() {
                count += events(&all[at]);
                at += 1;
            }
            count
        }
    }
}

impl<const N: usize> Graph<N> {
    /// The graph of these components.
    #[must_use]
    pub const fn new(
        components: &'static [&'static ComponentMeta],
        remote: &'static [&'static PayloadMeta],
    ) -> Self {
        let empty = Entry { hash: 0, role: Role::Component, owner: 0, payload: None, used: false };
        let mut graph = Self { components, table: [empty; N] };
        let mut at = 0;
        while at < remote.len() {
            graph = graph.with(hash(remote[at].name), Role::Remote, at);
            at += 1;
        }
        let mut owner = 0;
        while owner < components.len() {
            let component = components[owner];
            graph = graph.with(hash(component.name), Role::Component, owner);
            let mut at = 0;
            while at < component.handlers.len() {
                let handler = &component.handlers[at];
                graph = graph.with_payloads_of(handler, owner);
                if let (Some(payload), true) = (handler.payload, answers(handler.kind)) {
                    graph = graph.with(hash(payload.name), Role::Handled, owner);
                }
                if matches!(component.kind, ComponentKind::Projector) {
                    let mut param = 0;
                    while param < handler.params.len() {
                        if let Uses::View(view) = &handler.params[param] {
                            graph = graph.with(hash(view.name), Role::Written, owner);
                        }
                        param += 1;
                    }
                }
                at += 1;
            }
            owner += 1;
        }
        graph
    }

    /// Adds an entry, unless this owner has it already.
    const fn with(self, hash: u64, role: Role, owner: usize) -> Self {
        self.with_entry(Entry { hash, role, owner, payload: None, used: true })
    }

    /// Adds the names of everything that a handler takes, sends, asks, views and returns.
    const fn with_payloads_of(mut self, handler: &'static HandlerMeta, owner: usize) -> Self {
        if let Some(payload) = handler.payload {
            self = self.with_payload(payload, owner);
        }
        let mut param = 0;
        while param < handler.params.len() {
            let payloads = handler.params[param].payloads();
            let mut at = 0;
            while at < payloads.len() {
                self = self.with_payload(payloads[at], owner);
                at += 1;
            }
            param += 1;
        }
        self.with_events(&handler.decides, owner)
    }

    const fn with_events(mut self, decided: &Decided, owner: usize) -> Self {
        match decided {
            Decided::One(event) => self.with_payload(event, owner),
            Decided::All(all) => {
                let mut at = 0;
                while at < all.len() {
                    self = self.with_events(&all[at], owner);
                    at += 1;
                }
                self
            }
        }
    }

    const fn with_payload(self, payload: &'static PayloadMeta, owner: usize) -> Self {
        self.with_entry(Entry {
            hash: hash(payload.name),
            role: Role::Payload,
            owner,
            payload: Some(payload),
            used: true,
        })
    }
}

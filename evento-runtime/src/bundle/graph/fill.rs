//! Filling the table with the names of a bundle.

use super::{
    answers,
    table::{Graph, Role},
};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerKind, HandlerMeta},
    handler::{Decided, Uses},
    payload::{PayloadMeta, hash},
};

/// The size of the table that holds a bundle: a power of two in which some places stay free.
#[must_use]
pub const fn capacity(components: &[&ComponentMeta], remote: &[&PayloadMeta]) -> usize {
    let mut names = components.len() + remote.len();
    let mut at = 0;
    while at < components.len() {
        let handlers = components[at].handlers;
        let mut handler = 0;
        while handler < handlers.len() {
            if let Some(payload) = handlers[handler].payload {
                names += 1 + payload.aliases.len();
            }
            names += names_of_events(&handlers[handler].decides);
            let mut param = 0;
            while param < handlers[handler].params.len() {
                names += names_of(handlers[handler].params[param].payloads());
                param += 1;
            }
            handler += 1;
        }
        at += 1;
    }
    (names + names / 2 + 1).next_power_of_two()
}

/// How many names these payloads have, now and before.
const fn names_of(payloads: &[&PayloadMeta]) -> usize {
    let (mut names, mut at) = (0, 0);
    while at < payloads.len() {
        names += 1 + payloads[at].aliases.len();
        at += 1;
    }
    names
}

/// How many names the events have that a return type may contain.
const fn names_of_events(decided: &Decided) -> usize {
    match decided {
        Decided::One(event) => 1 + event.aliases.len(),
        Decided::All(all) => {
            let (mut names, mut at) = (0, 0);
            while at < all.len() {
                names += names_of_events(&all[at]);
                at += 1;
            }
            names
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
        let mut graph = Self::empty(components, remote);
        let mut at = 0;
        while at < remote.len() {
            graph.note(remote[at].key.name, Some(remote[at]), Role::Remote, at);
            at += 1;
        }
        let mut owner = 0;
        while owner < components.len() {
            let component = components[owner];
            graph.note(hash(component.name), None, Role::Component, owner);
            let mut at = 0;
            while at < component.handlers.len() {
                graph.note_handler(component.kind, &component.handlers[at], owner);
                at += 1;
            }
            owner += 1;
        }
        graph
    }

    /// Notes everything that a handler takes, sends, asks, schedules, views and returns.
    const fn note_handler(&mut self, kind: ComponentKind, handler: &'static HandlerMeta, owner: usize) {
        if let Some(payload) = handler.payload {
            self.note_payload(payload, role_of(handler.kind), owner);
        }
        let mut param = 0;
        while param < handler.params.len() {
            match &handler.params[param] {
                Uses::Commands(commands) => self.note_payloads(commands, Role::Sent, owner),
                Uses::Queries(queries) => self.note_payloads(queries, Role::Asked, owner),
                Uses::Timers(deadlines) => self.note_payloads(deadlines, Role::Scheduled, owner),
                Uses::View(view) if matches!(kind, ComponentKind::Projector) => {
                    self.note_payload(view, Role::Written, owner);
                }
                Uses::View(view) => self.note_payload(view, Role::Payload, owner),
                Uses::Message | Uses::Connection(_) | Uses::Tables => {}
            }
            param += 1;
        }
        self.note_events(&handler.decides, owner);
    }

    const fn note_payloads(&mut self, payloads: &[&'static PayloadMeta], role: Role, owner: usize) {
        let mut at = 0;
        while at < payloads.len() {
            self.note_payload(payloads[at], role, owner);
            at += 1;
        }
    }

    const fn note_events(&mut self, decided: &Decided, owner: usize) {
        match decided {
            Decided::One(event) => self.note_payload(event, Role::Decided, owner),
            Decided::All(all) => {
                let mut at = 0;
                while at < all.len() {
                    self.note_events(&all[at], owner);
                    at += 1;
                }
            }
        }
    }

    /// Notes a payload in a role, and that its names are taken.
    const fn note_payload(&mut self, payload: &'static PayloadMeta, role: Role, owner: usize) {
        let name = payload.key.name;
        self.note(name, Some(payload), Role::Payload, owner);
        if !matches!(role, Role::Payload) {
            self.note(name, Some(payload), role, owner);
        }
        let mut at = 0;
        while at < payload.aliases.len() {
            self.note(hash(payload.aliases[at]), Some(payload), Role::Payload, owner);
            at += 1;
        }
    }
}

/// What the payload of a handler of this kind is.
const fn role_of(kind: HandlerKind) -> Role {
    match kind {
        _ if answers(kind) => Role::Handled,
        HandlerKind::Event | HandlerKind::SagaEvent => Role::Consumed,
        _ => Role::Payload,
    }
}

//! The payloads that a component names.

use super::marks::{self, Marks, mark};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta},
    handler::{Decided, Uses},
    payload::PayloadMeta,
};

/// Goes through all payloads that a component names, handler by handler: what it takes, what its parameters allow, what it returns.
///
/// Constants have no iterators, and each statement takes its time: slices that get shorter take fewer than places that are counted.
pub(super) struct Walk {
    kind: ComponentKind,
    /// The handlers behind this one.
    handlers: &'static [HandlerMeta],
    handler: Option<&'static HandlerMeta>,
    /// What is left of its parameters.
    params: &'static [Uses],
    /// What is left of what the last one allows, and what that is.
    payloads: &'static [&'static PayloadMeta],
    does: Marks,
    /// How many of the events were told that it may return.
    decided: usize,
}

impl Walk {
    pub(super) const fn new(component: &'static ComponentMeta) -> Self {
        let (kind, handlers) = (component.kind, component.handlers);
        Self { kind, handlers, handler: None, params: &[], payloads: &[], does: 0, decided: 0 }
    }

    /// The next payload, and what the component does with it.
    pub(super) const fn next(&mut self) -> Option<(&'static PayloadMeta, Marks)> {
        loop {
            if let [payload, rest @ ..] = self.payloads {
                self.payloads = rest;
                return Some((payload, self.does));
            }
            if let [param, rest @ ..] = self.params {
                self.params = rest;
                match param {
                    Uses::Commands(commands) => (self.payloads, self.does) = (commands, mark!(SENT)),
                    Uses::Queries(queries) => (self.payloads, self.does) = (queries, mark!(ASKED)),
                    Uses::Timers(deadlines) => (self.payloads, self.does) = (deadlines, mark!(SCHEDULED)),
                    Uses::View(view) => return Some((view, marks::of_view(self.kind))),
                    Uses::Message | Uses::Connection(_) | Uses::Tables => {}
                }
                continue;
            }
            if let Some(HandlerMeta { decides, .. }) = self.handler
                && !matches!(decides, Decided::All([]))
                && let Ok(event) = leaf(decides, self.decided)
            {
                self.decided += 1;
                return Some((event, mark!(DECIDED)));
            }
            let [handler, rest @ ..] = self.handlers else { return None };
            (self.handlers, self.handler, self.params) = (rest, Some(handler), handler.params);
            self.decided = 0;
            if let Some(payload) = handler.payload {
                return Some((payload, marks::of_handler(handler.kind)));
            }
        }
    }

    /// The name of the handler that names the last payload.
    pub(super) const fn handler_name(&self) -> &'static str {
        match self.handler {
            Some(handler) => handler.name,
            None => "",
        }
    }
}

/// The event of this number among those that a handler may return, or how many there are.
const fn leaf(decided: &'static Decided, number: usize) -> Result<&'static PayloadMeta, usize> {
    match decided {
        Decided::One(event) if number == 0 => Ok(event),
        Decided::One(_) => Err(1),
        Decided::All(all) => {
            let (mut before, mut at) = (0, 0);
            while at < all.len() {
                match leaf(&all[at], number - before) {
                    Ok(event) => return Ok(event),
                    Err(leaves) => before += leaves,
                }
                at += 1;
            }
            Err(before)
        }
    }
}

//! The rule within a component: a payload has one handler. It needs no table.

use super::{message::Message, same_payload};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta, Receiver},
    payload::same,
};

/// Whether any payload has two handlers in a component. Two handlers that start a life and go on with it do not get into each other's way.
#[must_use]
pub const fn has_rivals(component: &ComponentMeta) -> bool {
    let mut handlers = component.handlers;
    while let [first, rest @ ..] = handlers {
        handlers = rest;
        let Some(payload) = first.payload else { continue };
        let (name, mut others) = (payload.key.name, rest);
        while let [second, rest @ ..] = others {
            others = rest;
            if let Some(other) = second.payload
                && other.key.name == name
                && are_rivals(component, first, second)
            {
                return true;
            }
        }
    }
    false
}

/// Another handler of the same component that has the same payload under another name, for a handler by its name. `has_rivals` is
/// whether there is one for any: most components have none, and need not be searched for each handler.
#[must_use]
pub const fn handled_twice(
    component: &'static ComponentMeta,
    has_rivals: bool,
    name: &str,
) -> Option<Message> {
    if !has_rivals {
        return None;
    }
    let Some(later) = handler_called(component, name) else { return None };
    let mut at = 0;
    while at < later {
        let first = &component.handlers[at];
        if let Some(payload) = first.payload
            && are_rivals(component, first, &component.handlers[later])
        {
            return Some(
                Message::new()
                    .text("`")
                    .text(payload.name)
                    .text("` is already handled by `")
                    .text(first.name)
                    .text("`"),
            );
        }
        at += 1;
    }
    None
}

const fn are_rivals(component: &ComponentMeta, first: &HandlerMeta, second: &HandlerMeta) -> bool {
    match (first.payload, second.payload) {
        (Some(one), Some(other)) => {
            same_payload(one, other)
                && first.kind as u8 == second.kind as u8
                && starts(component, first) == starts(component, second)
        }
        _ => false,
    }
}

/// The place of the handler of a name.
pub(super) const fn handler_called(component: &ComponentMeta, name: &str) -> Option<usize> {
    let mut at = 0;
    while at < component.handlers.len() {
        if same(component.handlers[at].name, name) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn starts(component: &ComponentMeta, handler: &HandlerMeta) -> bool {
    matches!(component.kind, ComponentKind::Aggregate | ComponentKind::Saga)
        && matches!(handler.receiver, Receiver::None)
}

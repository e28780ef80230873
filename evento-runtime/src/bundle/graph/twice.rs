//! The rule within a component: a payload has one handler. It needs no table.

use super::{message::Message, table::same_payload};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerMeta, Receiver},
    payload::same,
};

/// Another handler of the same component that has the same payload under another name, for a handler by its name. Two
/// handlers that start a life and go on with it do not get into each other's way.
#[must_use]
pub const fn handled_twice(component: &'static ComponentMeta, name: &str) -> Option<Message> {
    let Some(later) = handler_called(component, name) else { return None };
    let second = &component.handlers[later];
    let Some(payload) = second.payload else { return None };
    let mut at = 0;
    while at < later {
        let first = &component.handlers[at];
        // What differs most often comes first: the compiler takes a step for each of these.
        if let Some(other) = first.payload
            && same_payload(Some(other), Some(payload))
            && first.kind as u8 == second.kind as u8
            && starts(component, first) == starts(component, second)
        {
            return Some(
                Message::new()
                    .text("`")
                    .text(other.name)
                    .text("` is already handled by `")
                    .text(first.name)
                    .text("`"),
            );
        }
        at += 1;
    }
    None
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

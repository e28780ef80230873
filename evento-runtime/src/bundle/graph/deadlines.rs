//! The rule about deadlines: a saga handles what it schedules. It needs no table.

use super::{message::Message, same_payload, twice::handler_called};
use crate::{
    component::{ComponentMeta, HandlerKind},
    handler::Uses,
    payload::PayloadMeta,
};

/// A deadline that a handler of this name schedules and no handler of the same saga takes.
#[must_use]
pub const fn scheduled_is_handled(component: &'static ComponentMeta, name: &str) -> Option<Message> {
    let Some(index) = handler_called(component, name) else { return None };
    let params = component.handlers[index].params;
    let mut param = 0;
    while param < params.len() {
        if let Uses::Timers(deadlines) = &params[param] {
            let mut at = 0;
            while at < deadlines.len() {
                if !is_handled(component, deadlines[at]) {
                    return Some(
                        Message::new()
                            .text("`")
                            .text(component.name)
                            .text("::")
                            .text(component.handlers[index].name)
                            .text("` schedules `")
                            .text(deadlines[at].name)
                            .text("`, which no handler of `")
                            .text(component.name)
                            .text("` takes: write a `#[saga_deadline_handler]` for it"),
                    );
                }
                at += 1;
            }
        }
        param += 1;
    }
    None
}

const fn is_handled(component: &ComponentMeta, deadline: &'static PayloadMeta) -> bool {
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        if matches!(handler.kind, HandlerKind::SagaDeadline)
            && let Some(payload) = handler.payload
            && same_payload(payload, deadline)
        {
            return true;
        }
        at += 1;
    }
    false
}

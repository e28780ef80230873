//! The rules about commands and queries: each has one handler.

use super::{
    answers,
    message::Message,
    table::{Graph, Role},
};
use crate::{
    component::{ComponentMeta, HandlerMeta},
    handler::Uses,
    payload::PayloadMeta,
};

/// One component handles a command or a query.
pub const fn one_handler<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        if let (Some(payload), true) = (handler.payload, answers(handler.kind))
            && let Some(first) = graph.first(payload.key.name, Role::Handled)
            && first != index
        {
            return Some(
                Message::new()
                    .text("`")
                    .text(payload.name)
                    .text("` is handled by `")
                    .text(graph.components[first].name)
                    .text("` and by `")
                    .text(component.name)
                    .text("`: a ")
                    .text(payload.kind.label())
                    .text(" has one handler in a bundle"),
            );
        }
        at += 1;
    }
    None
}

/// Whatever a handler sends or asks is handled in this bundle or named as remote.
pub const fn sent_is_handled<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let mut param = 0;
        while param < handler.params.len() {
            let missing = match &handler.params[param] {
                Uses::Commands(commands) => all_handled(graph, component, handler, commands, " sends `"),
                Uses::Queries(queries) => all_handled(graph, component, handler, queries, " asks `"),
                _ => None,
            };
            if missing.is_some() {
                return missing;
            }
            param += 1;
        }
        at += 1;
    }
    None
}

const fn all_handled<const N: usize>(
    graph: &Graph<N>,
    component: &ComponentMeta,
    handler: &HandlerMeta,
    payloads: &[&PayloadMeta],
    verb: &str,
) -> Option<Message> {
    let mut at = 0;
    while at < payloads.len() {
        let payload = payloads[at];
        let name = payload.key.name;
        if graph.first(name, Role::Handled).is_none() && graph.first(name, Role::Remote).is_none() {
            return Some(
                Message::new()
                .text("`")
                .text(component.name)
                .text("::")
                .text(handler.name)
                .text("`")
                .text(verb)
                .text(payload.name)
                .text("`, which no component of this bundle handles: add the component that does, or, if another bundle handles it, add it to `remote: [..]`"),
            );
        }
        at += 1;
    }
    None
}

//! The rules about names: each means one thing.

use super::{
    message::Message,
    table::{Graph, Role},
};
use crate::{
    handler::Decided,
    payload::{PayloadMeta, hash},
};

/// Two components have different names.
pub const fn unique_name<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    if let Some(first) = graph.first(hash(component.name), Role::Component)
        && first != index
    {
        return Some(
            Message::new()
                .text("two components of this bundle are called `")
                .text(component.name)
                .text("`: name one of them with `name = \"..\"`"),
        );
    }
    None
}

/// A stored name, present or past, means one payload. Said once for each name, at the later component.
pub const fn one_payload<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        if let Some(payload) = handler.payload {
            let found = namesakes(graph, index, payload);
            if found.is_some() {
                return found;
            }
        }
        let mut param = 0;
        while param < handler.params.len() {
            let payloads = handler.params[param].payloads();
            let mut named = 0;
            while named < payloads.len() {
                let found = namesakes(graph, index, payloads[named]);
                if found.is_some() {
                    return found;
                }
                named += 1;
            }
            param += 1;
        }
        let found = namesakes_of_events(graph, index, &handler.decides);
        if found.is_some() {
            return found;
        }
        at += 1;
    }
    None
}

const fn namesakes_of_events<const N: usize>(
    graph: &Graph<N>,
    index: usize,
    decided: &Decided,
) -> Option<Message> {
    match decided {
        Decided::One(event) => namesakes(graph, index, event),
        Decided::All(all) => {
            let mut at = 0;
            while at < all.len() {
                let found = namesakes_of_events(graph, index, &all[at]);
                if found.is_some() {
                    return found;
                }
                at += 1;
            }
            None
        }
    }
}

const fn namesakes<const N: usize>(
    graph: &Graph<N>,
    index: usize,
    payload: &'static PayloadMeta,
) -> Option<Message> {
    let mut found = called(graph, index, payload, payload.name, payload.key.name);
    let mut at = 0;
    while found.is_none() && at < payload.aliases.len() {
        found = called(graph, index, payload, payload.aliases[at], hash(payload.aliases[at]));
        at += 1;
    }
    found
}

/// Another payload that is called like this one by one of its names.
const fn called<const N: usize>(
    graph: &Graph<N>,
    index: usize,
    payload: &'static PayloadMeta,
    name: &str,
    hash: u64,
) -> Option<Message> {
    if let Some((owner, other)) = graph.namesake(hash, payload)
        && owner <= index
    {
        // The first component that uses the later payload of a name is the one to blame.
        if let Some(first) = graph.first_with(hash, payload)
            && first == index
        {
            return Some(
                Message::new()
                    .text("two payloads are stored as `")
                    .text(name)
                    .text("`: a ")
                    .text(other.kind.label())
                    .text(" in ")
                    .text(other.source.file)
                    .text(":")
                    .number(other.source.line)
                    .text(" and a ")
                    .text(payload.kind.label())
                    .text(" in ")
                    .text(payload.source.file)
                    .text(":")
                    .number(payload.source.line)
                    .text("; name one of them with `name = \"..\"`"),
            );
        }
    }
    None
}

//! The rules about names: each means one thing.

use super::{Graph, marks::mark, message::Message, same_payload, walk::Walk};
use crate::payload::{PayloadMeta, hash, same};

/// Two components have different names.
#[must_use]
pub const fn unique_name(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(SHARED)) {
        return None;
    }
    let component = graph.components[index];
    if let Some(first) = graph.first_called(component.name)
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
#[must_use]
pub const fn one_payload(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(SHARED)) {
        return None;
    }
    let mut walk = Walk::new(graph.components[index]);
    while let Some((payload, _)) = walk.next() {
        if graph.is(payload.key.name, mark!(SHARED)) {
            let found = namesake(graph, index, payload, payload.name);
            if found.is_some() {
                return found;
            }
        }
        let mut at = 0;
        while at < payload.aliases.len() {
            if graph.is(hash(payload.aliases[at]), mark!(SHARED)) {
                let found = namesake(graph, index, payload, payload.aliases[at]);
                if found.is_some() {
                    return found;
                }
            }
            at += 1;
        }
    }
    None
}

/// Another payload that is called like this one, when this component is the first that uses this one, and the other one is used before.
const fn namesake(graph: &Graph, index: usize, payload: &'static PayloadMeta, name: &str) -> Option<Message> {
    let mut namesake: Option<&'static PayloadMeta> = None;
    let mut at = 0;
    while at <= index {
        let mut walk = Walk::new(graph.components[at]);
        while let Some((other, _)) = walk.next() {
            if same_payload(other, payload) {
                if at < index {
                    return None;
                }
            } else if namesake.is_none() && is_called(other, name) {
                namesake = Some(other);
            }
        }
        at += 1;
    }
    let Some(other) = namesake else { return None };
    Some(
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
    )
}

const fn is_called(payload: &PayloadMeta, name: &str) -> bool {
    let mut at = 0;
    while at < payload.aliases.len() {
        if same(payload.aliases[at], name) {
            return true;
        }
        at += 1;
    }
    same(payload.name, name)
}

//! The rule about what another bundle handles.

use super::{Graph, marks::mark, message::Message};
use crate::payload::PayloadKind;

/// What is named as remote is a command or a query that no component of this bundle handles.
#[must_use]
pub const fn handled_elsewhere(graph: &Graph, index: usize) -> Option<Message> {
    let payload = graph.remote[index];
    let of = Message::new().text("`").text(payload.name);
    match payload.kind {
        PayloadKind::DomainCommand | PayloadKind::ServiceCommand | PayloadKind::Query => {}
        kind => {
            return Some(
                of.text("` is a ")
                    .text(kind.label())
                    .text(": `remote: [..]` names commands and queries that another bundle handles"),
            );
        }
    }
    if graph.is(payload.key.name, mark!(HANDLED_HERE))
        && let Some(first) = graph.owner(payload)
    {
        return Some(
            of.text("` is handled by `")
                .text(graph.components[first].name)
                .text("` in this bundle: take it out of `remote: [..]`"),
        );
    }
    None
}

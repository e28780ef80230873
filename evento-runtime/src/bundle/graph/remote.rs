//! The rule about what another bundle handles.

use super::{
    message::Message,
    table::{Graph, Role},
};
use crate::payload::PayloadKind;

/// What is named as remote is a command or a query that no component of this bundle handles.
pub const fn handled_elsewhere<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
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
    match graph.first(payload.key.name, Role::Handled) {
        None => None,
        Some(first) => Some(
            of.text("` is handled by `")
                .text(graph.components[first].name)
                .text("` in this bundle: take it out of `remote: [..]`"),
        ),
    }
}

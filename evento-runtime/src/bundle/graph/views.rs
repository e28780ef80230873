//! The rules about read models: one projector writes what projections read.

use super::{
    message::Message,
    table::{Graph, Role},
};
use crate::{component::ComponentKind, handler::Uses, payload::hash};

/// A view that is read is written by a projector.
pub const fn read_is_written<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    if !matches!(component.kind, ComponentKind::Projection) {
        return None;
    }
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let mut param = 0;
        while param < handler.params.len() {
            if let Uses::View(view) = &handler.params[param]
                && graph.first(hash(view.name), Role::Written).is_none()
            {
                return Some(
                Message::new()
                    .text("`")
                    .text(component.name)
                    .text("::")
                    .text(handler.name)
                    .text("` reads view `")
                    .text(view.name)
                    .text(
                        "`, which no projector of this bundle writes: add the projector that takes `&Views<",
                    )
                    .text(view.name)
                    .text(">`"),
            );
            }
            param += 1;
        }
        at += 1;
    }
    None
}

/// A view is written by one projector.
pub const fn one_writer<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    if !matches!(component.kind, ComponentKind::Projector) {
        return None;
    }
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let mut param = 0;
        while param < handler.params.len() {
            if let Uses::View(view) = &handler.params[param]
                && let Some(first) = graph.first(hash(view.name), Role::Written)
                && first != index
            {
                return Some(
                    Message::new()
                        .text("view `")
                        .text(view.name)
                        .text("` is written by `")
                        .text(graph.components[first].name)
                        .text("` and by `")
                        .text(component.name)
                        .text("`: a view has one projector"),
                );
            }
            param += 1;
        }
        at += 1;
    }
    None
}

/// The projector whose tables a projection reads is in the bundle.
pub const fn reads_a_member<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.reads.len() {
        let read = component.reads[at];
        if graph.first(hash(read.name), Role::Component).is_none() {
            return Some(
                Message::new()
                    .text("`")
                    .text(component.name)
                    .text("` reads the tables of `")
                    .text(read.name)
                    .text("`, which is not in this bundle: add it to `components: [..]`"),
            );
        }
        at += 1;
    }
    None
}

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
                && graph.first(view.key.name, Role::Written).is_none()
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
                && let Some(first) = graph.first(view.key.name, Role::Written)
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

/// The projectors whose tables a projection reads are in the bundle, and have one version: the names of tables are told by it.
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
        if read.version != component.reads[0].version {
            return Some(
                Message::new()
                    .text("`")
                    .text(component.name)
                    .text("` reads the tables of `")
                    .text(component.reads[0].name)
                    .text("` and of `")
                    .text(read.name)
                    .text("`, which have different versions: split the projection"),
            );
        }
        at += 1;
    }
    None
}

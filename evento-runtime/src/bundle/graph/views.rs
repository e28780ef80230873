//! The rules about read models: one projector writes what projections read.

use super::{Graph, marks::mark, message::Message, walk::Walk};

/// A view that is read is written by a projector.
#[must_use]
pub const fn read_is_written(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(UNWRITTEN)) {
        return None;
    }
    let component = graph.components[index];
    let mut walk = Walk::new(component);
    while let Some((view, does)) = walk.next() {
        if does & mark!(READ) != 0 && graph.is(view.key.name, mark!(UNWRITTEN)) {
            return Some(
                Message::new()
                    .text("`")
                    .text(component.name)
                    .text("::")
                    .text(walk.handler_name())
                    .text("` reads view `")
                    .text(view.name)
                    .text(
                        "`, which no projector of this bundle writes: add the projector that takes `&Views<",
                    )
                    .text(view.name)
                    .text(">`"),
            );
        }
    }
    None
}

/// A view is written by one projector.
#[must_use]
pub const fn one_writer(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(DISPUTED)) {
        return None;
    }
    let component = graph.components[index];
    let mut walk = Walk::new(component);
    while let Some((view, does)) = walk.next() {
        if does & mark!(WRITTEN) != 0
            && graph.is(view.key.name, mark!(DISPUTED))
            && let Some(first) = graph.owner(view)
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
    }
    None
}

/// The projectors whose tables a projection reads are in the bundle, and have one version: the names of tables are told by it.
#[must_use]
pub const fn reads_a_member(graph: &Graph, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.reads.len() {
        let read = component.reads[at];
        if graph.first_called(read.name).is_none() {
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

//! The rules about commands and queries: each has one handler.

use super::{Graph, marks::mark, message::Message, walk::Walk};

/// One component handles a command or a query.
#[must_use]
pub const fn one_handler(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(DISPUTED)) {
        return None;
    }
    let component = graph.components[index];
    let mut walk = Walk::new(component);
    while let Some((payload, does)) = walk.next() {
        if does & mark!(ANSWERED) != 0
            && graph.is(payload.key.name, mark!(DISPUTED))
            && let Some(first) = graph.owner(payload)
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
    }
    None
}

/// Whatever a handler sends or asks is handled in this bundle or named as remote.
#[must_use]
pub const fn sent_is_handled(graph: &Graph, index: usize) -> Option<Message> {
    if !graph.has(mark!(UNHANDLED)) {
        return None;
    }
    let component = graph.components[index];
    let mut walk = Walk::new(component);
    while let Some((payload, does)) = walk.next() {
        if does & (mark!(SENT) | mark!(ASKED)) != 0 && graph.is(payload.key.name, mark!(UNHANDLED)) {
            return Some(
                Message::new()
                    .text("`")
                    .text(component.name)
                    .text("::")
                    .text(walk.handler_name())
                    .text(if does & mark!(SENT) != 0 { "` sends `" } else { "` asks `" })
                    .text(payload.name)
                    .text("`, which no component of this bundle handles: add the component that does, or, if another bundle handles it, add it to `remote: [..]`"),
            );
        }
    }
    None
}

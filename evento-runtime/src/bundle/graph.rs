//! The check of the whole interaction graph, at compile time.
//!
//! `bundle!` evaluates one constant per rule and component, so that each mistake is one error at the component that makes
//! it. Names are compared by hash through an open-addressed table, which keeps the work linear in the number of handlers.

use crate::{
    component::{ComponentKind, ComponentMeta, HandlerKind, HandlerMeta},
    handler::Uses,
    payload::{PayloadMeta, hash},
};

/// What a name in the table stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A component has this name.
    Component,
    /// A command or query is handled.
    Handled,
    /// A command or query is handled by another bundle.
    Remote,
    /// A view is written.
    Written,
}

#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    role: Role,
    /// The index of the component; for a remote payload that of the payload.
    owner: usize,
    used: bool,
}

/// The graph of a bundle, indexed by name. `N` is [`capacity`] of the same components.
pub struct Graph<const N: usize> {
    components: &'static [&'static ComponentMeta],
    table: [Entry; N],
}

/// The size of the table that holds a bundle.
#[must_use]
pub const fn capacity(components: &[&ComponentMeta], remote: &[&PayloadMeta]) -> usize {
    let mut entries = components.len() + remote.len();
    let mut at = 0;
    while at < components.len() {
        let handlers = components[at].handlers;
        let mut handler = 0;
        while handler < handlers.len() {
            entries += 1 + handlers[handler].params.len();
            handler += 1;
        }
        at += 1;
    }
    (entries * 2 + 1).next_power_of_two()
}

impl<const N: usize> Graph<N> {
    /// The graph of these components.
    #[must_use]
    pub const fn new(
        components: &'static [&'static ComponentMeta],
        remote: &'static [&'static PayloadMeta],
    ) -> Self {
        let empty = Entry { hash: 0, role: Role::Component, owner: 0, used: false };
        let mut graph = Self { components, table: [empty; N] };
        let mut at = 0;
        while at < remote.len() {
            graph = graph.with(hash(remote[at].name), Role::Remote, at);
            at += 1;
        }
        let mut owner = 0;
        while owner < components.len() {
            let component = components[owner];
            graph = graph.with(hash(component.name), Role::Component, owner);
            let mut at = 0;
            while at < component.handlers.len() {
                let handler = &component.handlers[at];
                if let (Some(payload), true) = (handler.payload, answers(handler.kind)) {
                    graph = graph.with(hash(payload.name), Role::Handled, owner);
                }
                if matches!(component.kind, ComponentKind::Projector) {
                    let mut param = 0;
                    while param < handler.params.len() {
                        if let Uses::View(view) = &handler.params[param] {
                            graph = graph.with(hash(view.name), Role::Written, owner);
                        }
                        param += 1;
                    }
                }
                at += 1;
            }
            owner += 1;
        }
        graph
    }

    /// Adds an entry, unless this owner has it already.
    const fn with(mut self, hash: u64, role: Role, owner: usize) -> Self {
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash && entry.role as u8 == role as u8 && entry.owner == owner {
                return self;
            }
            slot = (slot + 1) & (N - 1);
        }
        self.table[slot] = Entry { hash, role, owner, used: true };
        self
    }

    /// The lowest owner of a name in a role.
    const fn first(&self, hash: u64, role: Role) -> Option<usize> {
        let mut slot = (hash as usize) & (N - 1);
        let mut first = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash && entry.role as u8 == role as u8 {
                first = match first {
                    Some(known) if known < entry.owner => Some(known),
                    _ => Some(entry.owner),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        first
    }
}

/// Whether a handler of this kind is the only one for its payload.
const fn answers(kind: HandlerKind) -> bool {
    matches!(kind, HandlerKind::AggregateCommand | HandlerKind::Command | HandlerKind::Query)
}

/// Two components have different names.
pub const fn unique_name<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    if let Some(first) = graph.first(hash(component.name), Role::Component)
        && first != index
    {
        Message::new()
            .text("two components of this bundle are called `")
            .text(component.name)
            .text("`: name one of them with `name = \"..\"`")
            .panic()
    }
}

/// One component handles a command or a query.
pub const fn one_handler<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        if let (Some(payload), true) = (handler.payload, answers(handler.kind))
            && let Some(first) = graph.first(hash(payload.name), Role::Handled)
            && first != index
        {
            Message::new()
                .text("`")
                .text(payload.name)
                .text("` is handled by `")
                .text(graph.components[first].name)
                .text("` and by `")
                .text(component.name)
                .text("`: a ")
                .text(payload.kind.label())
                .text(" has one handler in a bundle")
                .panic()
        }
        at += 1;
    }
}

/// Whatever a handler sends or asks is handled in this bundle or named as remote.
pub const fn sent_is_handled<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let mut param = 0;
        while param < handler.params.len() {
            match &handler.params[param] {
                Uses::Commands(commands) => all_handled(graph, component, handler, commands, " sends `"),
                Uses::Queries(queries) => all_handled(graph, component, handler, queries, " asks `"),
                _ => {}
            }
            param += 1;
        }
        at += 1;
    }
}

const fn all_handled<const N: usize>(
    graph: &Graph<N>,
    component: &ComponentMeta,
    handler: &HandlerMeta,
    payloads: &[&PayloadMeta],
    verb: &str,
) {
    let mut at = 0;
    while at < payloads.len() {
        let payload = payloads[at];
        let name = hash(payload.name);
        if graph.first(name, Role::Handled).is_none() && graph.first(name, Role::Remote).is_none() {
            Message::new()
                .text("`")
                .text(component.name)
                .text("::")
                .text(handler.name)
                .text("`")
                .text(verb)
                .text(payload.name)
                .text("`, which no component of this bundle handles: add the component that does, or, if another bundle handles it, add it to `remote: [..]`")
                .panic()
        }
        at += 1;
    }
}

/// A view that is read is written by a projector.
pub const fn read_is_written<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    if !matches!(component.kind, ComponentKind::Projection) {
        return;
    }
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let mut param = 0;
        while param < handler.params.len() {
            if let Uses::View(view) = &handler.params[param]
                && graph.first(hash(view.name), Role::Written).is_none()
            {
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
                    .text(">`")
                    .panic()
            }
            param += 1;
        }
        at += 1;
    }
}

/// A view is written by one projector.
pub const fn one_writer<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    if !matches!(component.kind, ComponentKind::Projector) {
        return;
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
                Message::new()
                    .text("view `")
                    .text(view.name)
                    .text("` is written by `")
                    .text(graph.components[first].name)
                    .text("` and by `")
                    .text(component.name)
                    .text("`: a view has one projector")
                    .panic()
            }
            param += 1;
        }
        at += 1;
    }
}

/// The projector whose tables a projection reads is in the bundle.
pub const fn reads_a_member<const N: usize>(graph: &Graph<N>, index: usize) {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.reads.len() {
        let read = component.reads[at];
        if graph.first(hash(read.name), Role::Component).is_none() {
            Message::new()
                .text("`")
                .text(component.name)
                .text("` reads the tables of `")
                .text(read.name)
                .text("`, which is not in this bundle: add it to `components: [..]`")
                .panic()
        }
        at += 1;
    }
}

/// The words of an error, put together at compile time.
struct Message {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Message {
    const CAPACITY: usize = 1024;

    const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], length: 0 }
    }

    const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.length < Self::CAPACITY {
            self.bytes[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn panic(&self) -> ! {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("the graph of this bundle is not sound"),
        }
    }
}

//! The check of the whole interaction graph, at compile time.
//!
//! `bundle!` evaluates one constant per rule and component, so that each mistake is one error at the component that makes
//! it. A rule gives back what is wrong, and the constant itself panics with it, so that rustc points at the component and
//! not into this file. Names are compared by hash through an open-addressed table, which keeps the work linear in the number of handlers.

use crate::{
    component::{ComponentKind, ComponentMeta, HandlerKind, HandlerMeta, Receiver},
    handler::{Decided, Uses},
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
    /// A payload has this stored name.
    Payload,
}

#[derive(Clone, Copy)]
struct Entry {
    hash: u64,
    role: Role,
    /// The index of the component; for a remote payload that of the payload.
    owner: usize,
    /// The payload of the name, where it is one of a payload.
    payload: Option<&'static PayloadMeta>,
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
            // The payload as handled and as a name; each parameter as written, and each payload that it names.
            entries += 2 + events(&handlers[handler].decides);
            let mut param = 0;
            while param < handlers[handler].params.len() {
                entries += 1 + handlers[handler].params[param].payloads().len();
                param += 1;
            }
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
        let empty = Entry { hash: 0, role: Role::Component, owner: 0, payload: None, used: false };
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
                graph = graph.with_payloads_of(handler, owner);
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
    const fn with(self, hash: u64, role: Role, owner: usize) -> Self {
        self.with_entry(Entry { hash, role, owner, payload: None, used: true })
    }

    /// Adds the names of everything that a handler takes, sends, asks, views and returns.
    const fn with_payloads_of(mut self, handler: &'static HandlerMeta, owner: usize) -> Self {
        if let Some(payload) = handler.payload {
            self = self.with_payload(payload, owner);
        }
        let mut param = 0;
        while param < handler.params.len() {
            let payloads = handler.params[param].payloads();
            let mut at = 0;
            while at < payloads.len() {
                self = self.with_payload(payloads[at], owner);
                at += 1;
            }
            param += 1;
        }
        self.with_events(&handler.decides, owner)
    }

    const fn with_events(mut self, decided: &Decided, owner: usize) -> Self {
        match decided {
            Decided::One(event) => self.with_payload(event, owner),
            Decided::All(all) => {
                let mut at = 0;
                while at < all.len() {
                    self = self.with_events(&all[at], owner);
                    at += 1;
                }
                self
            }
        }
    }

    const fn with_payload(self, payload: &'static PayloadMeta, owner: usize) -> Self {
        self.with_entry(Entry {
            hash: hash(payload.name),
            role: Role::Payload,
            owner,
            payload: Some(payload),
            used: true,
        })
    }

    const fn with_entry(mut self, new: Entry) -> Self {
        let Entry { hash, role, owner, .. } = new;
        let mut slot = (hash as usize) & (N - 1);
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash
                && entry.role as u8 == role as u8
                && entry.owner == owner
                && same_payload(entry.payload, new.payload)
            {
                return self;
            }
            slot = (slot + 1) & (N - 1);
        }
        self.table[slot] = new;
        self
    }

    /// Another payload of the same stored name, with the lowest owner.
    const fn namesake(&self, payload: &'static PayloadMeta) -> Option<(usize, &'static PayloadMeta)> {
        let hash = hash(payload.name);
        let mut slot = (hash as usize) & (N - 1);
        let mut found: Option<(usize, &'static PayloadMeta)> = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash
                && let Some(other) = entry.payload
                && !same_payload(Some(other), Some(payload))
            {
                found = match found {
                    Some((owner, known)) if owner <= entry.owner => Some((owner, known)),
                    _ => Some((entry.owner, other)),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        found
    }

    /// The first component that uses a payload.
    const fn first_with(&self, payload: &'static PayloadMeta) -> Option<usize> {
        let hash = hash(payload.name);
        let mut slot = (hash as usize) & (N - 1);
        let mut first = None;
        while self.table[slot].used {
            let entry = self.table[slot];
            if entry.hash == hash && entry.payload.is_some() && same_payload(entry.payload, Some(payload)) {
                first = match first {
                    Some(known) if known < entry.owner => Some(known),
                    _ => Some(entry.owner),
                };
            }
            slot = (slot + 1) & (N - 1);
        }
        first
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

/// Whether two descriptions are of one type: it is defined once, in one place. What one macro defines is all in the place
/// where the macro is called, so the name counts too.
const fn same_payload(a: Option<&PayloadMeta>, b: Option<&PayloadMeta>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            hash(a.name) == hash(b.name)
                && a.source.line == b.source.line
                && hash(a.source.file) == hash(b.source.file)
                && a.kind as u8 == b.kind as u8
        }
        (None, None) => true,
        _ => false,
    }
}

/// How many events a return type may contain.
const fn events(decided: &Decided) -> usize {
    match decided {
        Decided::One(_) => 1,
        Decided::All(all) => {
            let (mut count, mut at) = (0, 0);
            while at < all.len() {
                count += events(&all[at]);
                at += 1;
            }
            count
        }
    }
}

/// Whether a handler of this kind is the only one for its payload.
const fn answers(kind: HandlerKind) -> bool {
    matches!(kind, HandlerKind::AggregateCommand | HandlerKind::Command | HandlerKind::Query)
}

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

/// A stored name means one payload. Said once for each name, at the later component.
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
    if let Some((owner, other)) = graph.namesake(payload)
        && owner <= index
    {
        // The first component that uses the later payload of a name is the one to blame.
        if let Some(first) = graph.first_with(payload)
            && first == index
        {
            return Some(
                Message::new()
                    .text("two payloads are stored as `")
                    .text(payload.name)
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

/// One component handles a command or a query.
pub const fn one_handler<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        if let (Some(payload), true) = (handler.payload, answers(handler.kind))
            && let Some(first) = graph.first(hash(payload.name), Role::Handled)
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
        let name = hash(payload.name);
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

/// The words of an error, put together at compile time.
pub struct Message {
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

    const fn number(self, number: u32) -> Self {
        let digit = match number % 10 {
            0 => "0",
            1 => "1",
            2 => "2",
            3 => "3",
            4 => "4",
            5 => "5",
            6 => "6",
            7 => "7",
            8 => "8",
            _ => "9",
        };
        let before = if number >= 10 { self.number(number / 10) } else { self };
        before.text(digit)
    }

    /// The words.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Only a text that was cut off in the middle of a character.
            Err(_) => "the graph of this bundle is not sound",
        }
    }
}

/// Another handler of the same component that has the same payload under another name, for a handler by its name. Two
/// handlers that start a life and go on with it do not get into each other's way.
#[must_use]
pub const fn handled_twice(component: &'static ComponentMeta, name: &str) -> Option<Message> {
    let Some(later) = handler_called(component, name) else { return None };
    let mut at = 0;
    while at < later {
        let (first, second) = (&component.handlers[at], &component.handlers[later]);
        if let (Some(payload), Some(_)) = (first.payload, second.payload)
            && first.kind as u8 == second.kind as u8
            && starts(component, first) == starts(component, second)
            && same_payload(first.payload, second.payload)
        {
            return Some(
                Message::new()
                    .text("`")
                    .text(payload.name)
                    .text("` is already handled by `")
                    .text(first.name)
                    .text("`"),
            );
        }
        at += 1;
    }
    None
}

const fn handler_called(component: &ComponentMeta, name: &str) -> Option<usize> {
    let mut at = 0;
    while at < component.handlers.len() {
        if hash(component.handlers[at].name) == hash(name) {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn starts(component: &ComponentMeta, handler: &HandlerMeta) -> bool {
    matches!(component.kind, ComponentKind::Aggregate | ComponentKind::Saga)
        && matches!(handler.receiver, Receiver::None)
}

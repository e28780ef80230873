//! What `deny: [..]` makes a mistake: payloads that lead nowhere, each told at the component that has them.

use super::{
    message::Message,
    table::{Graph, Role},
};
use crate::{
    component::{ComponentMeta, HandlerKind},
    handler::Decided,
    payload::PayloadMeta,
};

/// Every event that is decided is handled by a consumer. Told at the first component that decides it.
pub const fn unconsumed_event<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    let mut left = Left::new();
    let mut at = 0;
    while at < component.handlers.len() {
        left = unconsumed(graph, index, &component.handlers[at].decides, left);
        at += 1;
    }
    left.message(
        "`unconsumed_event` is denied, and no projector, observer or saga of this bundle handles what `",
        component,
        "` decides: ",
    )
}

const fn unconsumed<const N: usize>(
    graph: &Graph<N>,
    index: usize,
    decided: &Decided,
    mut left: Left,
) -> Left {
    match decided {
        Decided::One(event) => {
            let is_first = match graph.first(event.key.name, Role::Decided) {
                Some(first) => first == index,
                None => false,
            };
            if is_first && graph.first(event.key.name, Role::Consumed).is_none() {
                left = left.with(event);
            }
        }
        Decided::All(all) => {
            let mut at = 0;
            while at < all.len() {
                left = unconsumed(graph, index, &all[at], left);
                at += 1;
            }
        }
    }
    left
}

/// Every command that is handled is sent by somebody.
pub const fn unsent_command<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    handled(graph, component, Handled::Commands, Role::Sent).message(
        "`unsent_command` is denied, and nobody in this bundle sends what `",
        component,
        "` handles: ",
    )
}

/// Every query that is answered is asked by somebody.
pub const fn unasked_query<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    handled(graph, component, Handled::Queries, Role::Asked).message(
        "`unasked_query` is denied, and nobody in this bundle asks what `",
        component,
        "` answers: ",
    )
}

/// Every deadline that is handled is scheduled.
pub const fn unscheduled_deadline<const N: usize>(graph: &Graph<N>, index: usize) -> Option<Message> {
    let component = graph.components[index];
    handled(graph, component, Handled::Deadlines, Role::Scheduled).message(
        "`unscheduled_deadline` is denied, and nobody in this bundle schedules what `",
        component,
        "` handles: ",
    )
}

/// Kinds of payloads that are handled.
#[derive(Clone, Copy)]
enum Handled {
    Commands,
    Queries,
    Deadlines,
}

/// What a component handles that nobody has in a role.
const fn handled<const N: usize>(
    graph: &Graph<N>,
    component: &ComponentMeta,
    which: Handled,
    role: Role,
) -> Left {
    let mut left = Left::new();
    let mut at = 0;
    while at < component.handlers.len() {
        let handler = &component.handlers[at];
        let is_meant = match which {
            Handled::Commands => handler.kind.is_command(),
            Handled::Queries => matches!(handler.kind, HandlerKind::Query),
            Handled::Deadlines => matches!(handler.kind, HandlerKind::SagaDeadline),
        };
        if is_meant
            && let Some(payload) = handler.payload
            && graph.first(payload.key.name, role).is_none()
        {
            left = left.with(payload);
        }
        at += 1;
    }
    left
}

/// Payloads that lead nowhere, each named once. Beyond so many, some may be named twice.
struct Left {
    names: Message,
    known: [u64; 32],
    count: usize,
}

impl Left {
    const fn new() -> Self {
        Self { names: Message::new(), known: [0; 32], count: 0 }
    }

    const fn with(mut self, payload: &PayloadMeta) -> Self {
        let mut at = 0;
        while at < self.count && at < self.known.len() {
            if self.known[at] == payload.key.name {
                return self;
            }
            at += 1;
        }
        let separator = if self.count == 0 { "`" } else { ", `" };
        self.names = self.names.text(separator).text(payload.name).text("`");
        if self.count < self.known.len() {
            self.known[self.count] = payload.key.name;
        }
        self.count += 1;
        self
    }

    const fn message(self, before: &str, component: &ComponentMeta, behind: &str) -> Option<Message> {
        if self.count == 0 {
            return None;
        }
        Some(Message::new().text(before).text(component.name).text(behind).text(self.names.as_str()))
    }
}

//! What `deny: [..]` makes a mistake: payloads that lead nowhere, each told at the component that has them.

use super::{
    Graph,
    marks::{Marks, mark},
    message::Message,
    walk::Walk,
};
use crate::{component::ComponentMeta, payload::PayloadMeta};

/// Every event that is decided is handled by a consumer. Told at the first component that decides it.
#[must_use]
pub const fn unconsumed_event(graph: &Graph, index: usize) -> Option<Message> {
    left(graph, index, mark!(DECIDED), mark!(UNCONSUMED)).message(
        "`unconsumed_event` is denied, and no projector, observer or saga of this bundle handles what `",
        graph.components[index],
        "` decides: ",
    )
}

/// Every command that is handled is sent by somebody.
#[must_use]
pub const fn unsent_command(graph: &Graph, index: usize) -> Option<Message> {
    left(graph, index, mark!(COMMAND), mark!(UNSENT)).message(
        "`unsent_command` is denied, and nobody in this bundle sends what `",
        graph.components[index],
        "` handles: ",
    )
}

/// Every query that is answered is asked by somebody.
#[must_use]
pub const fn unasked_query(graph: &Graph, index: usize) -> Option<Message> {
    left(graph, index, mark!(QUERY), mark!(UNASKED)).message(
        "`unasked_query` is denied, and nobody in this bundle asks what `",
        graph.components[index],
        "` answers: ",
    )
}

/// Every deadline that is handled is scheduled.
#[must_use]
pub const fn unscheduled_deadline(graph: &Graph, index: usize) -> Option<Message> {
    left(graph, index, mark!(DEADLINE), mark!(UNSCHEDULED)).message(
        "`unscheduled_deadline` is denied, and nobody in this bundle schedules what `",
        graph.components[index],
        "` handles: ",
    )
}

/// What a component does something with, and what is wrong like this. What is decided counts for the first component only.
const fn left(graph: &Graph, index: usize, does: Marks, wrong: Marks) -> Left {
    let mut left = Left::new();
    if !graph.has(wrong) {
        return left;
    }
    let mut walk = Walk::new(graph.components[index]);
    while let Some((payload, done)) = walk.next() {
        if done & does != 0
            && graph.is(payload.key.name, wrong)
            && (does != mark!(DECIDED) || matches!(graph.owner(payload), Some(first) if first == index))
        {
            left = left.with(payload);
        }
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

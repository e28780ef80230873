//! Who talks to whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{ComponentDescription, Description, HandlerDescription};
use crate::component::HandlerKind;

/// What goes from one component to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EdgeKind {
    /// A command, from who sends it to who handles it.
    Command,
    /// An event, from who decides it to who reads it from the log.
    Event,
    /// A query, from who asks to who answers.
    Query,
    /// The rows of a view, from who writes to who reads them.
    View,
    /// Tables of a projector's own, from who writes to who reads them.
    Tables,
}

/// One component talks to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Edge {
    /// What goes along it.
    pub kind: EdgeKind,
    /// The stored name of that; `None` for tables.
    pub payload: Option<&'static str>,
    /// The name of the component that it comes from.
    pub from: &'static str,
    /// The name of the component that it goes to; `None` when that belongs to another bundle.
    pub to: Option<&'static str>,
}

/// The components that have something to do with each payload.
type ByPayload = BTreeMap<&'static str, BTreeSet<&'static str>>;

impl Description {
    /// Who talks to whom, sorted by what goes there and back.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let commands = self
            .by_payload(|handler| if handler.kind.is_command() { handler.handles.as_slice() } else { &[] });
        let queries = self.by_payload(|handler| match handler.kind {
            HandlerKind::Query => handler.handles.as_slice(),
            _ => &[],
        });
        let consumers = self.by_payload(|handler| match handler.kind {
            HandlerKind::Event | HandlerKind::SagaEvent => handler.handles.as_slice(),
            _ => &[],
        });
        let readers = self.by_payload(|handler| &handler.views_read);

        let mut edges = BTreeSet::new();
        for component in &self.components {
            for handler in &component.handlers {
                let mut add = |kind, payloads: &[&'static str], others: &ByPayload, may_be_remote| {
                    for payload in payloads {
                        edges.extend(edges_of(kind, component, payload, others, may_be_remote));
                    }
                };
                add(EdgeKind::Command, &handler.emits, &commands, true);
                add(EdgeKind::Query, &handler.queries, &queries, true);
                add(EdgeKind::Event, &handler.decides, &consumers, false);
                add(EdgeKind::View, &handler.views_written, &readers, false);
            }
            edges.extend(component.reads.iter().map(|projector| Edge {
                kind: EdgeKind::Tables,
                payload: None,
                from: projector,
                to: Some(component.name),
            }));
        }
        edges.into_iter().collect()
    }

    fn by_payload(&self, payloads: fn(&HandlerDescription) -> &[&'static str]) -> ByPayload {
        let mut found = ByPayload::new();
        for component in &self.components {
            for payload in component.handlers.iter().flat_map(payloads) {
                found.entry(*payload).or_default().insert(component.name);
            }
        }
        found
    }
}

fn edges_of(
    kind: EdgeKind,
    from: &ComponentDescription,
    payload: &'static str,
    others: &ByPayload,
    may_be_remote: bool,
) -> Vec<Edge> {
    let edge = |to| Edge { kind, payload: Some(payload), from: from.name, to };
    match others.get(payload) {
        Some(others) => others.iter().map(|to| edge(Some(*to))).collect(),
        None if may_be_remote => vec![edge(None)],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn edges_name_who_talks_to_whom() {
        let edges = sample::shop().edges();
        let edge = |kind, payload, from, to| Edge { kind, payload, from, to };
        for expected in [
            edge(EdgeKind::Command, Some("PlaceOrder"), "Api", Some("Order")),
            edge(EdgeKind::Command, Some("SendMail"), "Process", Some("Mailer")),
            edge(EdgeKind::Command, Some("Ship"), "Process", None),
            edge(EdgeKind::Event, Some("OrderPlaced"), "Order", Some("Orders")),
            edge(EdgeKind::Event, Some("OrderPlaced"), "Order", Some("Process")),
            edge(EdgeKind::Query, Some("FindOrder"), "Api", Some("OrderList")),
            edge(EdgeKind::View, Some("OrderView"), "Orders", Some("OrderList")),
            edge(EdgeKind::Tables, None, "Orders", Some("OrderList")),
        ] {
            assert!(edges.contains(&expected), "{expected:?} is not among {edges:?}");
        }
        assert_eq!(edges.len(), 8, "{edges:?}");
    }
}

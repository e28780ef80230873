//! The catalogue of a bundle: what is in it and who talks to whom, as data for people and tools.

mod edges;
mod format;
mod json;
mod lints;
mod mermaid;
#[cfg(test)]
mod sample;
mod svg;

pub use self::{
    edges::{Edge, EdgeKind},
    format::{GraphFormat, UnknownFormat},
    lints::Lint,
};

use std::collections::BTreeMap;

use serde::Serialize;

use super::BundleMeta;
use crate::{
    component::{ComponentBody, ComponentKind, ComponentMeta, HandlerKind, HandlerMeta},
    handler::Uses,
    payload::{PayloadKind, PayloadMeta, SourceLocation, shape::Wire},
};

/// Everything that is known of a bundle without running it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The id of the bundle.
    pub id: &'static str,
    /// Its version.
    pub version: u32,
    /// Every payload that a component handles, sends, asks, decides, reads or writes, by kind and name.
    pub payloads: Vec<PayloadMeta>,
    /// The components, in the order in which the bundle names them.
    pub components: Vec<ComponentDescription>,
    /// The names of the commands and queries that another bundle handles.
    pub remote: Vec<&'static str>,
}

/// A component in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentDescription {
    /// The stored name.
    pub name: &'static str,
    /// Which kind of component.
    pub kind: ComponentKind,
    /// The version of a projector, observer or saga; 0 for the others.
    pub version: u32,
    /// The projectors whose tables a projection over SQL reads.
    pub reads: Vec<&'static str>,
    /// Its handlers, in the order in which they are written.
    pub handlers: Vec<HandlerDescription>,
    /// What is known of the state of a saga.
    #[serde(skip)]
    pub state: Option<StateDescription>,
    /// Where it is written.
    pub source: SourceLocation,
}

/// The state of a saga in the catalogue, for those who look into what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateDescription {
    /// The oldest version of the saga whose live states this one continues; `None` for its own only.
    pub adopts: Option<u32>,
    /// What its JSON is like.
    pub wire: Wire,
}

/// A handler in the catalogue. Payloads are named by their stored names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandlerDescription {
    /// The name of the method.
    pub name: &'static str,
    /// Which kind of handler.
    pub kind: HandlerKind,
    /// What it handles.
    pub handles: Option<&'static str>,
    /// The commands that it may send.
    pub emits: Vec<&'static str>,
    /// The queries that it may ask.
    pub queries: Vec<&'static str>,
    /// The deadlines that it may schedule.
    pub schedules: Vec<&'static str>,
    /// The events that it may return.
    pub decides: Vec<&'static str>,
    /// The views that it reads.
    pub views_read: Vec<&'static str>,
    /// The views that it reads and writes.
    pub views_written: Vec<&'static str>,
    /// Where it is written.
    pub source: SourceLocation,
}

impl Description {
    /// Describes a bundle.
    #[must_use]
    pub fn of(bundle: &BundleMeta) -> Self {
        Self::new(bundle.id, bundle.version, bundle.components, bundle.remote)
    }

    /// Describes a bundle that nobody wrote down, too.
    pub(super) fn new(
        id: &'static str,
        version: u32,
        components: &[&'static ComponentMeta],
        remote: &[&'static PayloadMeta],
    ) -> Self {
        let mut payloads = BTreeMap::new();
        let mut note = |payload: &'static PayloadMeta| {
            payloads.insert((payload.kind, payload.name), *payload);
        };
        for handler in components.iter().flat_map(|component| component.handlers) {
            handler.payload.into_iter().for_each(&mut note);
            handler.decides.for_each(&mut note);
            for uses in handler.params {
                match uses {
                    Uses::Commands(all) | Uses::Queries(all) | Uses::Timers(all) => {
                        all.iter().copied().for_each(&mut note);
                    }
                    Uses::View(view) => note(view),
                    Uses::Message | Uses::Connection(_) | Uses::Tables => {}
                }
            }
        }
        remote.iter().copied().for_each(&mut note);
        Self {
            id,
            version,
            payloads: payloads.into_values().collect(),
            components: components.iter().map(|component| ComponentDescription::of(component)).collect(),
            remote: remote.iter().map(|payload| payload.name).collect(),
        }
    }

    /// The payload of a kind and stored name.
    #[must_use]
    pub fn payload(&self, kind: PayloadKind, name: &str) -> Option<&PayloadMeta> {
        self.payloads.iter().find(|payload| payload.kind == kind && payload.name == name)
    }
}

impl ComponentDescription {
    fn of(component: &ComponentMeta) -> Self {
        Self {
            name: component.name,
            kind: component.kind,
            version: component.version,
            reads: component.reads.iter().map(|projector| projector.name).collect(),
            handlers: component
                .handlers
                .iter()
                .map(|handler| HandlerDescription::of(component.kind, handler))
                .collect(),
            state: match &component.body {
                ComponentBody::Saga(saga) => Some(StateDescription { adopts: saga.adopts, wire: saga.wire }),
                ComponentBody::Aggregate(_) | ComponentBody::Instance(_) => None,
            },
            source: component.source,
        }
    }
}

impl HandlerDescription {
    fn of(kind: ComponentKind, handler: &HandlerMeta) -> Self {
        let mut described = Self {
            name: handler.name,
            kind: handler.kind,
            handles: handler.payload.map(|payload| payload.name),
            emits: Vec::new(),
            queries: Vec::new(),
            schedules: Vec::new(),
            decides: Vec::new(),
            views_read: Vec::new(),
            views_written: Vec::new(),
            source: handler.source,
        };
        for uses in handler.params {
            match uses {
                Uses::Commands(all) => described.emits.extend(all.iter().map(|payload| payload.name)),
                Uses::Queries(all) => described.queries.extend(all.iter().map(|payload| payload.name)),
                Uses::Timers(all) => described.schedules.extend(all.iter().map(|payload| payload.name)),
                Uses::View(view) if kind == ComponentKind::Projector => {
                    described.views_written.push(view.name)
                }
                Uses::View(view) => described.views_read.push(view.name),
                Uses::Message | Uses::Connection(_) | Uses::Tables => {}
            }
        }
        handler.decides.for_each(&mut |event| described.decides.push(event.name));
        described
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        component::{Constructor, Receiver, Retry},
        handler::{Decided, Run},
    };

    const HERE: SourceLocation = SourceLocation { file: file!(), line: 1 };

    const fn payload(name: &'static str, kind: PayloadKind) -> PayloadMeta {
        PayloadMeta::bare(name, kind, HERE)
    }

    static OPEN: PayloadMeta = payload("Open", PayloadKind::ServiceCommand);
    static CLOSE: PayloadMeta = payload("Close", PayloadKind::ServiceCommand);
    static OPENED: PayloadMeta = payload("Opened", PayloadKind::ServiceEvent);
    static CLOSED: PayloadMeta = payload("Closed", PayloadKind::ServiceEvent);
    static FIND: PayloadMeta = payload("Find", PayloadKind::Query);
    static ROW: PayloadMeta = payload("Row", PayloadKind::View);

    const fn handler(
        kind: HandlerKind,
        payload: &'static PayloadMeta,
        params: &'static [Uses],
        decides: Decided,
    ) -> HandlerMeta {
        HandlerMeta {
            name: "on",
            kind,
            payload: Some(payload),
            receiver: Receiver::Ref,
            params,
            decides,
            association: None,
            retry: Retry::DEFAULT,
            executor: None,
            run: Run::Direct,
            source: HERE,
        }
    }

    const fn component(kind: ComponentKind, handlers: &'static [HandlerMeta]) -> ComponentMeta {
        let body = ComponentBody::Instance(Constructor {
            dependencies: &[],
            construct: |_| Box::pin(std::future::ready(Ok(Box::new(()) as _))),
        });
        ComponentMeta { name: kind.label(), kind, version: 0, handlers, reads: &[], body, source: HERE }
    }

    static SERVICE: ComponentMeta = component(
        ComponentKind::Service,
        &[
            handler(HandlerKind::Command, &OPEN, &[], Decided::One(&OPENED)),
            handler(HandlerKind::Command, &CLOSE, &[], Decided::One(&CLOSED)),
        ],
    );
    static OBSERVER: ComponentMeta = component(
        ComponentKind::Observer,
        &[handler(HandlerKind::Event, &OPENED, &[Uses::Commands(&[&CLOSE])], Decided::NONE)],
    );
    static PROJECTION: ComponentMeta = component(
        ComponentKind::Projection,
        &[handler(HandlerKind::Query, &FIND, &[Uses::View(&ROW)], Decided::NONE)],
    );

    static COMPONENTS: [&ComponentMeta; 3] = [&SERVICE, &OBSERVER, &PROJECTION];

    fn description() -> Description {
        Description::of(&BundleMeta { id: "test", version: 3, components: &COMPONENTS, remote: &[] })
    }

    #[test]
    fn the_catalogue_names_everything_once() {
        let description = description();
        let names: Vec<_> = description.payloads.iter().map(|payload| payload.name).collect();
        assert_eq!(names, ["Close", "Open", "Closed", "Opened", "Find", "Row"]);
        let observer = &description.components[1].handlers[0];
        assert_eq!((observer.handles, &*observer.emits), (Some("Opened"), &["Close"][..]));
        assert_eq!(description.components[2].handlers[0].views_read, ["Row"]);
    }

    #[test]
    fn lints_name_what_leads_nowhere() {
        assert_eq!(
            description().lints(),
            [Lint::UnconsumedEvent("Closed"), Lint::UnsentCommand("Open"), Lint::UnaskedQuery("Find")]
        );
    }
}

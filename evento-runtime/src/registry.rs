//! The registry: which handler a payload goes to, looked up by stored name. Data, made once at start.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map::Entry},
    sync::Arc,
};

use thiserror::Error;

use crate::{
    component::{
        AggregateBody, ComponentBody, ComponentKind, ComponentMeta, HandlerKind, HandlerMeta, Receiver,
    },
    handler::{Instance, Uses},
    payload::PayloadMeta,
};

/// A mistake in the graph of a bundle that was put together at run time. `bundle!` finds the same at compile time.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// Two components have one name.
    #[error("two components are called `{name}`")]
    TwoComponents {
        /// The name.
        name: &'static str,
    },
    /// Two components handle one command or query.
    #[error("`{payload}` is handled by `{first}` and by `{second}`")]
    TwoHandlers {
        /// The payload.
        payload: &'static str,
        /// The component that came first.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// A handler sends or asks what nobody handles.
    #[error(
        "`{component}::{handler}` uses `{payload}`, which no linked component handles; if its component is in another crate, write `use that_crate as _;` so that it is linked"
    )]
    NotHandled {
        /// The component that uses it.
        component: &'static str,
        /// Its handler.
        handler: &'static str,
        /// The payload.
        payload: &'static str,
    },
    /// A view is read and nobody writes it.
    #[error(
        "`{component}::{handler}` reads view `{view}`, which no linked projector writes; if the projector is in another crate, write `use that_crate as _;` so that it is linked"
    )]
    NotWritten {
        /// The component that reads it.
        component: &'static str,
        /// Its handler.
        handler: &'static str,
        /// The view.
        view: &'static str,
    },
    /// Two projectors write one view.
    #[error("view `{view}` is written by `{first}` and by `{second}`")]
    TwoWriters {
        /// The view.
        view: &'static str,
        /// The projector that came first.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// Two payloads have one stored name, or one has the name of the other as an alias.
    #[error("`{first}` and `{second}` are both stored as `{name}`: give one of them another name")]
    TwoPayloads {
        /// The stored name.
        name: &'static str,
        /// The stored name of the payload that came first.
        first: &'static str,
        /// That of the other one.
        second: &'static str,
    },
    /// A projection reads the tables of projectors that are not there, or of several with different versions.
    #[error("`{component}` reads the tables of `{projector}`, {reason}")]
    Reads {
        /// The projection.
        component: &'static str,
        /// The projector.
        projector: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no component at all.
    #[error(
        "the bundle has no component; a crate that only stands in Cargo.toml is not linked: write `use that_crate as _;` for each crate with components"
    )]
    Empty,
}

/// Handlers of one payload by life cycle: one that starts a life, one for a life that is there.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lives {
    pub(crate) starting: Option<&'static HandlerMeta>,
    pub(crate) living: Option<&'static HandlerMeta>,
}

impl Lives {
    fn add(&mut self, handler: &'static HandlerMeta) {
        match handler.receiver {
            Receiver::None => self.starting = Some(handler),
            Receiver::Ref | Receiver::Mut | Receiver::Owned => self.living = Some(handler),
        }
    }
}

/// An aggregate with its handlers by the stored names of their payloads.
pub(crate) struct AggregateType {
    pub(crate) meta: &'static ComponentMeta,
    pub(crate) body: &'static AggregateBody,
    pub(crate) sourcing: HashMap<&'static str, (&'static PayloadMeta, Lives)>,
}

/// Where a command goes.
#[derive(Clone)]
pub(crate) enum CommandRoute {
    Aggregate { aggregate: Arc<AggregateType>, payload: &'static PayloadMeta, handlers: Lives },
    Service { service: InstanceOf, payload: &'static PayloadMeta, handler: &'static HandlerMeta },
}

/// A component with its instance.
#[derive(Clone)]
pub(crate) struct InstanceOf {
    /// The name of the component within its bundle.
    pub(crate) name: Arc<str>,
    pub(crate) meta: &'static ComponentMeta,
    pub(crate) instance: Arc<Instance>,
}

/// Where a query goes.
#[derive(Clone)]
pub(crate) struct QueryRoute {
    pub(crate) projection: InstanceOf,
    pub(crate) handler: &'static HandlerMeta,
    /// The projectors whose tables the projection reads.
    pub(crate) tables: &'static [&'static ComponentMeta],
    /// The names of the projectors whose read models the answer is made from.
    pub(crate) sources: Arc<[&'static str]>,
}

/// Everything that is looked up while the application runs.
#[derive(Default)]
pub(crate) struct Registry {
    commands: HashMap<&'static str, CommandRoute>,
    queries: HashMap<&'static str, QueryRoute>,
}

impl Registry {
    /// Indexes components by what they handle. The instances are those of all components that have one, by name.
    pub(crate) fn new(
        components: &[&'static ComponentMeta],
        instances: &HashMap<&'static str, InstanceOf>,
    ) -> Self {
        let mut registry = Self::default();
        for meta in components.iter().copied() {
            match (&meta.body, instances.get(meta.name)) {
                (ComponentBody::Aggregate(body), _) => registry.add_aggregate(meta, body),
                (ComponentBody::Instance(_), Some(instance)) => registry.add_instance(instance, components),
                (ComponentBody::Saga(_) | ComponentBody::Instance(_), _) => {}
            }
        }
        registry
    }

    pub(crate) fn command(&self, name: &str) -> Option<&CommandRoute> {
        self.commands.get(name)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&QueryRoute> {
        self.queries.get(name)
    }

    fn add_aggregate(&mut self, meta: &'static ComponentMeta, body: &'static AggregateBody) {
        let (aggregate, deciding) = aggregate_type(meta, body);
        for (name, (payload, handlers)) in deciding {
            self.commands
                .insert(name, CommandRoute::Aggregate { aggregate: aggregate.clone(), payload, handlers });
        }
    }

    fn add_instance(&mut self, component: &InstanceOf, components: &[&'static ComponentMeta]) {
        for handler in component.meta.handlers {
            let Some(payload) = handler.payload else { continue };
            for name in names(payload) {
                match handler.kind {
                    HandlerKind::Command => {
                        let service = component.clone();
                        self.commands.insert(name, CommandRoute::Service { service, payload, handler });
                    }
                    HandlerKind::Query => {
                        let (projection, tables) = (component.clone(), component.meta.reads);
                        let sources = sources(component.meta, handler, components);
                        self.queries.insert(name, QueryRoute { projection, handler, tables, sources });
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The handlers of one kind by the stored names of their payloads.
type ByName = HashMap<&'static str, (&'static PayloadMeta, Lives)>;

/// An aggregate, and its command handlers by the stored names of their commands.
pub(crate) fn aggregate_type(
    meta: &'static ComponentMeta,
    body: &'static AggregateBody,
) -> (Arc<AggregateType>, ByName) {
    let (mut sourcing, mut deciding) = (ByName::new(), ByName::new());
    for handler in meta.handlers {
        let Some(payload) = handler.payload else { continue };
        let by_name = match handler.kind {
            HandlerKind::EventSourcing => &mut sourcing,
            _ => &mut deciding,
        };
        for name in names(payload) {
            by_name.entry(name).or_insert((payload, Lives::default())).1.add(handler);
        }
    }
    (Arc::new(AggregateType { meta, body, sourcing }), deciding)
}

/// The stored name of a payload and its older names.
pub(crate) fn names(payload: &'static PayloadMeta) -> impl Iterator<Item = &'static str> {
    std::iter::once(payload.name).chain(payload.aliases.iter().copied())
}

/// The known name that is most like a given one, if one is much like it.
pub(crate) fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned())
}

/// The handlers of a consumer by the stored names of their events.
pub(crate) fn event_handlers(meta: &'static ComponentMeta) -> HashMap<&'static str, Lives> {
    let mut handlers: HashMap<&'static str, Lives> = HashMap::new();
    for handler in meta.handlers {
        if let (Some(payload), HandlerKind::Event | HandlerKind::SagaEvent) = (handler.payload, handler.kind)
        {
            for name in names(payload) {
                handlers.entry(name).or_default().add(handler);
            }
        }
    }
    handlers
}

/// The deadline handlers of a saga by the stored names of their deadlines.
pub(crate) fn deadline_handlers(meta: &'static ComponentMeta) -> HashMap<&'static str, &'static HandlerMeta> {
    let handlers = meta.handlers.iter().filter(|handler| handler.kind == HandlerKind::SagaDeadline);
    let named = handlers.filter_map(|handler| Some((handler, handler.payload?)));
    named.flat_map(|(handler, payload)| names(payload).map(move |name| (name, handler))).collect()
}

/// The views that projectors write, with the projector of each.
pub(crate) fn written_views(
    components: &[&'static ComponentMeta],
) -> BTreeMap<&'static str, &'static ComponentMeta> {
    let projectors = components.iter().filter(|component| component.kind == ComponentKind::Projector);
    projectors.flat_map(|projector| views(projector).map(move |(_, view)| (view.name, *projector))).collect()
}

/// The projectors whose read models a query is answered from, those included from which the queries are answered that its
/// handler asks.
fn sources(
    component: &'static ComponentMeta,
    handler: &'static HandlerMeta,
    components: &[&'static ComponentMeta],
) -> Arc<[&'static str]> {
    let written = written_views(components);
    let mut sources = BTreeSet::new();
    let mut handlers = vec![(component, handler)];
    let mut looked_at = 0;
    while let Some((component, handler)) = handlers.get(looked_at).copied() {
        looked_at += 1;
        for uses in handler.params {
            match uses {
                Uses::View(view) => sources.extend(written.get(view.name).map(|projector| projector.name)),
                Uses::Connection(_) | Uses::Tables => {
                    sources.extend(component.reads.iter().map(|read| read.name))
                }
                Uses::Queries(queries) => {
                    for found in queries.iter().filter_map(|query| answering(query, components)) {
                        if !handlers.iter().any(|(_, known)| std::ptr::eq(*known, found.1)) {
                            handlers.push(found);
                        }
                    }
                }
                Uses::Message | Uses::Commands(_) | Uses::Timers(_) => {}
            }
        }
    }
    sources.into_iter().collect()
}

/// The handler of a query, with its component.
fn answering(
    query: &PayloadMeta,
    components: &[&'static ComponentMeta],
) -> Option<(&'static ComponentMeta, &'static HandlerMeta)> {
    components.iter().find_map(|component| {
        let answers = |handler: &&HandlerMeta| {
            handler.kind == HandlerKind::Query
                && handler.payload.is_some_and(|payload| payload.name == query.name)
        };
        Some((*component, component.handlers.iter().find(answers)?))
    })
}

/// Stored names, older ones included, that stand for two payloads.
fn namesakes(components: &[&'static ComponentMeta]) -> Vec<GraphError> {
    let mut errors = Vec::new();
    let mut known: BTreeMap<&str, &'static PayloadMeta> = BTreeMap::new();
    let handlers = components.iter().flat_map(|component| component.handlers);
    let mut payloads: Vec<&'static PayloadMeta> = Vec::new();
    for handler in handlers {
        payloads.extend(handler.payload);
        payloads.extend(handler.params.iter().flat_map(Uses::payloads));
        handler.decides.for_each(&mut |event| payloads.push(event));
    }
    for payload in payloads {
        for name in names(payload) {
            let first = *known.entry(name).or_insert(payload);
            let error = GraphError::TwoPayloads { name, first: first.name, second: payload.name };
            if first.key != payload.key && !errors.contains(&error) {
                errors.push(error);
            }
        }
    }
    errors
}

/// The projectors whose tables a projection reads are there, and have the same version: the names of tables are told by it.
fn misread(component: &'static ComponentMeta, components: &[&'static ComponentMeta]) -> Vec<GraphError> {
    let error = |projector: &'static ComponentMeta, reason| GraphError::Reads {
        component: component.name,
        projector: projector.name,
        reason,
    };
    let version = component.reads.first().map(|projector| projector.version);
    let wrong = |projector: &&'static ComponentMeta| {
        if !components.iter().any(|other| other.source == projector.source && other.name == projector.name) {
            Some(error(projector, "which is not there"))
        } else if Some(projector.version) != version {
            Some(error(
                projector,
                "which has another version than the first that it reads: split the projection",
            ))
        } else {
            None
        }
    };
    component.reads.iter().filter_map(wrong).collect()
}

fn views(
    component: &'static ComponentMeta,
) -> impl Iterator<Item = (&'static HandlerMeta, &'static PayloadMeta)> {
    component.handlers.iter().flat_map(|handler| {
        handler.params.iter().filter_map(move |uses| match uses {
            Uses::View(view) => Some((handler, *view)),
            _ => None,
        })
    })
}

/// All mistakes in the graph of components that were put together at run time.
pub(crate) fn check(
    components: &[&'static ComponentMeta],
    remote: &[&'static PayloadMeta],
) -> Vec<GraphError> {
    let mut errors = Vec::new();
    if components.is_empty() {
        errors.push(GraphError::Empty);
    }
    errors.extend(namesakes(components));
    errors.extend(components.iter().flat_map(|component| misread(component, components)));
    let mut component_names: BTreeMap<&str, ()> = BTreeMap::new();
    let mut handled: BTreeMap<&str, &'static str> = BTreeMap::new();
    let mut written: BTreeMap<&str, &'static str> = BTreeMap::new();
    for component in components {
        if component_names.insert(component.name, ()).is_some() {
            errors.push(GraphError::TwoComponents { name: component.name });
        }
        for handler in component.handlers {
            let Some(payload) = handler.payload else { continue };
            if !matches!(
                handler.kind,
                HandlerKind::AggregateCommand | HandlerKind::Command | HandlerKind::Query
            ) {
                continue;
            }
            match handled.entry(payload.name) {
                Entry::Vacant(free) => {
                    free.insert(component.name);
                }
                Entry::Occupied(taken) if *taken.get() == component.name => {}
                Entry::Occupied(taken) => errors.push(GraphError::TwoHandlers {
                    payload: payload.name,
                    first: taken.get(),
                    second: component.name,
                }),
            }
        }
        if component.kind == ComponentKind::Projector {
            for (_, view) in views(component) {
                let first = *written.entry(view.name).or_insert(component.name);
                let error = GraphError::TwoWriters { view: view.name, first, second: component.name };
                if first != component.name && !errors.contains(&error) {
                    errors.push(error);
                }
            }
        }
    }
    for component in components {
        for handler in component.handlers {
            let used = handler.params.iter().flat_map(|uses| match uses {
                Uses::Commands(payloads) | Uses::Queries(payloads) => *payloads,
                _ => &[],
            });
            errors.extend(
                used.filter(|payload| {
                    !handled.contains_key(payload.name)
                        && !remote.iter().any(|other| other.name == payload.name)
                })
                .map(|payload| GraphError::NotHandled {
                    component: component.name,
                    handler: handler.name,
                    payload: payload.name,
                }),
            );
        }
        if component.kind == ComponentKind::Projection {
            errors.extend(views(component).filter(|(_, view)| !written.contains_key(view.name)).map(
                |(handler, view)| GraphError::NotWritten {
                    component: component.name,
                    handler: handler.name,
                    view: view.name,
                },
            ));
        }
    }
    errors
}

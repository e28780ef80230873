//! From a plan to a running application.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::{
    App, Description,
    builder::{LONGEST_LEASE, Missing, Plan, SHORTEST_LEASE, StartError},
    sagas::SagaCatalogue,
};
use crate::{
    capability::{Bus, Serving, Tables, ViewIds, Written},
    component::{ComponentBody, ComponentKind, ComponentMeta, Provided},
    consumer::{self, ConsumerSpec, ExecutorError, NamedExecutors},
    environment::Environment,
    error::Error,
    gateway::{Gateway, Projector, Projectors},
    handler::Uses,
    message::Context,
    panic::{caught, caught_async},
    registry::{InstanceOf, Registry, check, deadline_handlers, event_handlers, written_views},
    store::{ConsumerId, FirstStart, LogFilter, StateStore, ViewId},
};

/// The context of a consumer that is bound to none.
const ALL_CONTEXTS: &str = "*";

pub(super) async fn start(mut plan: Plan, environment: Environment) -> Result<App, StartError> {
    let errors = check(&plan.components, &plan.remote);
    if !errors.is_empty() {
        return Err(StartError::Graph(errors));
    }
    check_lease(&mut plan, &*environment.store)?;
    check_contexts(&plan)?;
    plan.named_executors = named_executors(&plan)?;
    check_provided(&plan.components, &plan.provided)?;
    check_connections(&plan.components, &*environment.store)?;

    let mut instances = HashMap::new();
    for meta in plan.components.iter().copied() {
        if let Some(instance) = build(&plan, meta).await? {
            instances.insert(meta.name, instance);
        }
    }
    let views = view_ids(&plan);
    let registry = Registry::new(&plan.components, &instances);
    let serving = Serving::new(environment.store.clone());
    let projectors = projectors(&plan);
    let gateway =
        Gateway::new(environment.clone(), registry, views.clone(), serving.clone(), projectors, plan.gateway);

    let mut specs = Vec::new();
    for meta in plan.components.iter().copied().filter(|component| component.kind.is_consumer()) {
        specs.extend(consumers(&plan, meta, &instances, &views, &serving, &environment, &gateway));
    }
    consumer::check_versions(&specs, &environment).await?;
    consumer::introduce_versions(&specs, &environment).await?;
    for spec in &specs {
        let setup = consumer::create(spec).await;
        setup.map_err(|source| StartError::Setup { component: spec.meta.name, source })?;
    }
    let sagas = SagaCatalogue::new(plan.id, &specs);
    log_lints(&plan);
    tracing::info!(bundle = plan.id, version = plan.version, store = environment.store.describe(), "started");
    Ok(App::run(environment, gateway, instances, sagas, serving, specs))
}

/// Tells what is in the bundle and leads nowhere.
fn log_lints(plan: &Plan) {
    for lint in Description::new(plan.id, plan.version, &plan.components, &plan.remote).lints() {
        tracing::info!(bundle = plan.id, lint = lint.name(), payload = lint.payload(), "{lint}");
    }
}

/// The lease can be kept, and no handler keeps a heartbeat waiting for too long.
fn check_lease(plan: &mut Plan, store: &dyn StateStore) -> Result<(), StartError> {
    let lease = plan.consumers.lease;
    if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&lease) {
        return Err(StartError::Lease { lease });
    }
    if store.waits_for_transactions() {
        plan.consumers.transaction_time = plan.consumers.transaction_time.min(lease / 3);
    }
    Ok(())
}

/// A component that is bound to contexts is in the bundle.
fn check_contexts(plan: &Plan) -> Result<(), StartError> {
    let mut named = plan.contexts.keys().chain(plan.from_beginning.keys());
    let absent = named.find(|name| !plan.components.iter().any(|component| component.name == **name));
    if let Some(component) = absent {
        return Err(StartError::NotInBundle { component });
    }
    let named = |contexts: &&Vec<Context>| {
        contexts.iter().all(|context| !["", ALL_CONTEXTS].contains(&context.as_str()))
    };
    match plan.contexts.iter().find(|(_, contexts)| !named(contexts)) {
        Some((component, _)) => Err(StartError::NoContext { component }),
        None => Ok(()),
    }
}

/// The executors that were given, which are all that handlers name, and no bound lets nothing through.
fn named_executors(plan: &Plan) -> Result<NamedExecutors, StartError> {
    let bounds = [
        (plan.consumers.concurrency, ".observer_concurrency(0)".to_owned()),
        (plan.consumers.window.0, format!(".observer_window(0, {})", plan.consumers.window.1)),
    ];
    let zero = bounds.into_iter().filter(|(bound, _)| *bound == 0);
    let mut errors: Vec<_> = zero.map(|(_, given)| ExecutorError::Zero { given }).collect();
    match NamedExecutors::new(&plan.executors, &plan.components) {
        Ok(executors) if errors.is_empty() => return Ok(executors),
        Ok(_) => {}
        Err(more) => errors.extend(more),
    }
    Err(StartError::Executors(errors))
}

/// Everything that a constructor takes was provided.
fn check_provided(components: &[&'static ComponentMeta], provided: &Provided) -> Result<(), StartError> {
    let mut missing = Vec::new();
    for component in components {
        let ComponentBody::Instance(constructor) = &component.body else { continue };
        let absent = constructor.dependencies.iter().filter(|needed| !provided.contains((needed.type_id)()));
        missing
            .extend(absent.map(|needed| Missing { component: component.name, type_name: needed.type_name }));
    }
    if missing.is_empty() { Ok(()) } else { Err(StartError::Missing(missing)) }
}

/// The store has the connections that handlers take.
fn check_connections(
    components: &[&'static ComponentMeta],
    store: &dyn StateStore,
) -> Result<(), StartError> {
    let available = store.connection_type().map(|(type_id, _)| type_id);
    for component in components {
        for uses in component.handlers.iter().flat_map(|handler| handler.params) {
            if let Uses::Connection(wanted) = uses
                && available != Some((wanted.type_id)())
            {
                return Err(StartError::Connection {
                    component: component.name,
                    connection: wanted.name,
                    store: store.describe(),
                });
            }
        }
    }
    Ok(())
}

/// Builds the instance of a component that has one.
async fn build(plan: &Plan, meta: &'static ComponentMeta) -> Result<Option<InstanceOf>, StartError> {
    let ComponentBody::Instance(constructor) = &meta.body else { return Ok(None) };
    let panicked = |text: String| StartError::Construct {
        component: meta.name,
        error: Error::msg(format!("its constructor panicked: {text}")),
    };
    let constructing = caught(|| (constructor.construct)(&plan.provided)).map_err(panicked)?;
    let constructed = caught_async(constructing).await.map_err(panicked)?;
    let instance = constructed.map_err(|error| StartError::Construct { component: meta.name, error })?;
    Ok(Some(InstanceOf { name: qualified(plan, meta.name), meta, instance: Arc::new(instance) }))
}

/// The name of something within its bundle: what two bundles call by one name in one store stays apart.
pub(super) fn qualified(plan: &Plan, name: &str) -> Arc<str> {
    format!("{}/{name}", plan.id).into()
}

fn view_ids(plan: &Plan) -> ViewIds {
    let id = |(view, projector): (&'static str, &'static ComponentMeta)| {
        let id = ViewId { view: qualified(plan, view).to_string().into(), version: projector.version };
        (view, Written { id, projector: qualified(plan, projector.name) })
    };
    ViewIds::new(written_views(&plan.components).into_iter().map(id).collect())
}

/// The contexts of the consumers of a component.
fn contexts(plan: &Plan, component: &ComponentMeta) -> Arc<[Cow<'static, str>]> {
    match plan.contexts.get(component.name).map(Vec::as_slice) {
        None | Some([]) => [ALL_CONTEXTS.into()].into(),
        Some(bound) => bound.iter().map(|context| context.as_str().to_owned().into()).collect(),
    }
}

/// The projectors, for those who read what they write.
fn projectors(plan: &Plan) -> Projectors {
    let projectors = plan.components.iter().filter(|component| component.kind == ComponentKind::Projector);
    let projector = |meta: &&'static ComponentMeta| {
        let (name, version) = (qualified(plan, meta.name), meta.version);
        let handles = event_handlers(meta).into_keys().collect();
        (meta.name, Projector { name, version, handles, contexts: contexts(plan, meta) })
    };
    projectors.map(projector).collect()
}

/// The consumers of a component: one for each context that it is bound to, or one for all.
fn consumers(
    plan: &Plan,
    meta: &'static ComponentMeta,
    instances: &HashMap<&'static str, InstanceOf>,
    views: &ViewIds,
    serving: &Serving,
    environment: &Environment,
    gateway: &Arc<Gateway>,
) -> Vec<ConsumerSpec> {
    let handlers = event_handlers(meta);
    let bound = plan.contexts.get(meta.name).cloned().unwrap_or_default();
    let contexts: Vec<_> = if bound.is_empty() { vec![None] } else { bound.into_iter().map(Some).collect() };
    let is_projector = meta.kind == ComponentKind::Projector;
    let name = qualified(plan, meta.name);
    let all = self::contexts(plan, meta);
    let spec = |context: Option<Context>| ConsumerSpec {
        meta,
        name: name.clone(),
        sagas: match &context {
            Some(context) => format!("{name} in {context}").into(),
            None => name.clone(),
        },
        id: ConsumerId {
            component: name.to_string().into(),
            version: if is_projector { meta.version } else { 0 },
            context: context
                .as_ref()
                .map_or(ALL_CONTEXTS.into(), |context| context.as_str().to_owned().into()),
        },
        filter: LogFilter {
            names: handlers.keys().map(|name| (*name).into()).collect(),
            contexts: context.into_iter().collect(),
            ..LogFilter::default()
        },
        handlers: handlers.clone(),
        deadlines: deadline_handlers(meta),
        instance: instances.get(meta.name).map(|instance| instance.instance.clone()),
        views: views.clone(),
        tables: Tables::of_version(meta.version),
        serving: serving.clone(),
        contexts: all.clone(),
        first_start: if is_projector { FirstStart::Beginning } else { FirstStart::Head },
        from_beginning: plan.from_beginning.get(meta.name).copied().filter(|_| !is_projector),
        options: plan.consumers,
        executors: plan.named_executors.of(meta, plan.consumers.concurrency),
        environment: environment.clone(),
        bus: gateway.clone() as Arc<dyn Bus>,
    };
    contexts.into_iter().map(spec).collect()
}

//! What tests change of an application that is about to start.

use std::{collections::HashSet, time::Duration};

use super::{Builder, Description, assemble};
use crate::{
    component::{ComponentBody, ComponentKind, ComponentMeta, HandlerKind, HandlerMeta},
    handler::Uses,
    payload::PayloadMeta,
    store::{ReplayCommands, ViewId},
};

/// Nobody waits for long in a test.
const WAIT: Duration = Duration::from_millis(1);

impl Builder {
    /// The components, in the order in which the bundle names them.
    pub(crate) fn components(&self) -> &[&'static ComponentMeta] {
        &self.plan.components
    }

    /// Puts a component in the place of the one of this index.
    pub(crate) fn put(&mut self, index: usize, component: &'static ComponentMeta) {
        self.plan.components[index] = component;
    }

    /// Adds a component. What it handles of the commands and queries of other bundles is handled here from now on.
    pub(crate) fn add(&mut self, component: &'static ComponentMeta) {
        let handles = |payload: &PayloadMeta| handled(component).any(|handled| handled.name == payload.name);
        self.plan.remote.retain(|payload| !handles(payload));
        self.plan.components.push(component);
    }

    /// The commands and queries that other bundles handle.
    pub(crate) fn remote(&self) -> &[&'static PayloadMeta] {
        &self.plan.remote
    }

    /// Who talks to whom.
    pub(crate) fn describe(&self) -> Description {
        Description::new(self.plan.id, self.plan.version, &self.plan.components, &self.plan.remote)
    }

    /// What has failed is tried again at once.
    pub(crate) fn hurried(mut self) -> Self {
        self.plan.consumers.longest_wait = WAIT;
        self
    }

    /// The views that are written, in the order in which the bundle names their projectors.
    pub(crate) fn views(&self) -> Vec<ViewOf> {
        let mut views: Vec<ViewOf> = Vec::new();
        for projector in self.plan.components.iter().filter(|one| one.kind == ComponentKind::Projector) {
            for view in viewed(projector) {
                let name = assemble::qualified(&self.plan, view.name).to_string();
                let id = ViewId { view: name.into(), version: projector.version };
                if !views.iter().any(|known| known.id == id) {
                    views.push(ViewOf { projector: projector.name, view, id });
                }
            }
        }
        views
    }

    /// The projectors that write tables of their own.
    pub(crate) fn projectors_by_sql(&self) -> Vec<&'static str> {
        let components = self.plan.components.iter();
        let by_sql = components.filter(|one| one.kind == ComponentKind::Projector && takes_connection(one));
        by_sql.map(|projector| projector.name).collect()
    }

    /// The same with those components only that make something of the log and tell nobody, on any store: projectors, projections, and
    /// sagas if these are wanted too, whose commands go nowhere for what is in the log when they start.
    pub(crate) fn readers(&self, with_sagas: bool) -> Self {
        let plan = &self.plan;
        let of_kind = |kind| {
            let is_wanted = move |one: &&&ComponentMeta| one.kind == kind && !takes_connection(one);
            plan.components.iter().filter(is_wanted).copied()
        };
        let projectors: Vec<_> = of_kind(ComponentKind::Projector).collect();
        let is_written = |view: &PayloadMeta| {
            projectors.iter().flat_map(|projector| viewed(projector)).any(|written| written.name == view.name)
        };
        let projections = of_kind(ComponentKind::Projection);
        let projections: Vec<_> =
            projections.filter(|one| viewed(one).all(is_written) && one.reads.is_empty()).collect();
        let sagas = of_kind(ComponentKind::Saga).filter(|_| with_sagas);
        let components: Vec<_> = sagas.chain(projections).collect();
        let components = [projectors, components].concat();
        let remote = unhandled(&components);
        let mut readers = Self::of(plan.id, plan.version, components, remote).hurried();
        let copy = &mut readers.plan;
        (copy.gateway, copy.consumers.concurrency) = (plan.gateway, plan.consumers.concurrency);
        (copy.consumers.handler_time, copy.consumers.transaction_time) =
            (plan.consumers.handler_time, plan.consumers.transaction_time);
        copy.executors.clone_from(&plan.executors);
        copy.interceptors.clone_from(&plan.interceptors);
        (copy.provided, copy.clock, copy.ids) = (plan.provided.clone(), plan.clock.clone(), plan.ids.clone());
        let named: HashSet<_> = copy.components.iter().map(|component| component.name).collect();
        copy.contexts.clone_from(&plan.contexts);
        copy.contexts.retain(|name, _| named.contains(name));
        let sagas =
            copy.components.iter().filter(|component| matches!(component.body, ComponentBody::Saga(_)));
        copy.from_beginning = sagas.map(|saga| (saga.name, ReplayCommands::Suppressed)).collect();
        readers
    }
}

/// A view, and where its rows are.
pub(crate) struct ViewOf {
    pub(crate) projector: &'static str,
    pub(crate) view: &'static PayloadMeta,
    pub(crate) id: ViewId,
}

/// Whether a component runs on one kind of store only.
fn takes_connection(component: &ComponentMeta) -> bool {
    let mut params = component.handlers.iter().flat_map(|handler| handler.params);
    params.any(|uses| matches!(uses, Uses::Connection(_)))
}

/// The views that a component reads or writes.
fn viewed(component: &ComponentMeta) -> impl Iterator<Item = &'static PayloadMeta> {
    let params = component.handlers.iter().flat_map(|handler| handler.params);
    params.filter_map(|uses| match uses {
        Uses::View(view) => Some(*view),
        _ => None,
    })
}

/// The commands and queries that a component handles.
pub(crate) fn handled(component: &ComponentMeta) -> impl Iterator<Item = &'static PayloadMeta> {
    let handles = |handler: &&HandlerMeta| handler.kind.is_command() || handler.kind == HandlerKind::Query;
    component.handlers.iter().filter(handles).filter_map(|handler| handler.payload)
}

/// The commands and queries that components send and ask, and that none of them handles.
fn unhandled(components: &[&'static ComponentMeta]) -> Vec<&'static PayloadMeta> {
    let handled: HashSet<_> =
        components.iter().flat_map(|component| handled(component)).map(|payload| payload.name).collect();
    let params =
        components.iter().flat_map(|component| component.handlers).flat_map(|handler| handler.params);
    let used = params.flat_map(|uses| match uses {
        Uses::Commands(payloads) | Uses::Queries(payloads) => *payloads,
        _ => &[],
    });
    used.copied().filter(|payload| !handled.contains(payload.name)).collect()
}

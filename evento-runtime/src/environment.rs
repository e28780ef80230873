//! What the runtime is given from outside: the store, the clock, the source of identities, and whoever watches or intercepts.

use std::sync::Arc;

use crate::{
    clock::{Clock, IdSource},
    component::{ComponentMeta, HandlerMeta},
    interceptor::{Called, Interceptors},
    metrics::Metrics,
    store::SharedStore,
};

/// The outside of the runtime. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) store: SharedStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) interceptors: Interceptors,
    pub(crate) metrics: Arc<Metrics>,
}

impl Environment {
    /// The attempt of a number, from 0, at a handler of a component.
    pub(crate) fn called(
        &self,
        component: &'static ComponentMeta,
        handler: &'static HandlerMeta,
        attempt: u32,
    ) -> Called<'_> {
        Called { interceptors: &self.interceptors, metrics: &self.metrics, component, handler, attempt }
    }
}

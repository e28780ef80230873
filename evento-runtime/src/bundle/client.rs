//! The way in for callers: a client with the methods of an invoker, without what is injected.

use std::{ops::Deref, sync::Arc, time::Duration};

use super::Call;
use crate::{
    capability::{Bus, Origin, Scope, seed},
    clock,
    component::{Component, ComponentMeta},
    environment::Environment,
    handler::{Incoming, Instance, MessageRef},
    message::{CommandId, Context, MessageId, Metadata, StoredEvent},
    outcome::Receipt,
};

/// A component that callers reach through a [`Client`]. Implemented by `#[invoker]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an invoker",
    label = "only an invoker has a client",
    note = "put `#[invoker]` on an `impl {Self}` block"
)]
pub trait Invoker: Component {
    /// The methods of the client.
    type Methods: From<ClientCore>;
}

/// Calls the handlers of an invoker. Cheap to clone, to be stored where it is needed.
pub struct Client<I: Invoker> {
    core: ClientCore,
    methods: I::Methods,
}

impl<I: Invoker> Client<I> {
    pub(crate) fn new(core: ClientCore) -> Self {
        Self { methods: core.clone().into(), core }
    }

    /// The same client, whose calls say this beside their payloads: who calls, for instance.
    #[must_use]
    pub fn with(&self, metadata: Metadata) -> Self {
        Self::new(ClientCore { metadata, ..self.core.clone() })
    }

    /// The same client, whose calls end after this time at the latest.
    #[must_use]
    pub fn within(&self, deadline: Duration) -> Self {
        Self::new(ClientCore { within: Some(deadline), ..self.core.clone() })
    }

    /// The same client, whose events belong to this context.
    #[must_use]
    pub fn in_context(&self, context: Context) -> Self {
        Self::new(ClientCore { context, ..self.core.clone() })
    }

    /// The same client, whose queries are answered from read models that have the events of a receipt: see
    /// [`Asking::after`](crate::capability::Asking::after).
    #[must_use]
    pub fn after(&self, receipt: &Receipt) -> Self {
        let mut core = self.core.clone();
        core.after.push(receipt.events.clone());
        Self::new(core)
    }

    /// The same client for one request that may be repeated: the commands of a repeated call have the ids of the first one,
    /// so that they are handled once. Take a new id for each request.
    #[must_use]
    pub fn idempotent(&self, id: CommandId) -> Self {
        Self::new(ClientCore { id: Some(id), ..self.core.clone() })
    }
}

impl<I: Invoker> Clone for Client<I> {
    fn clone(&self) -> Self {
        Self::new(self.core.clone())
    }
}

impl<I: Invoker> Deref for Client<I> {
    type Target = I::Methods;

    fn deref(&self) -> &I::Methods {
        &self.methods
    }
}

/// What a client is without its methods.
#[derive(Clone)]
pub struct ClientCore {
    pub(crate) meta: &'static ComponentMeta,
    pub(crate) instance: Arc<Instance>,
    pub(crate) environment: Environment,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) component: Arc<str>,
    pub(crate) metadata: Metadata,
    pub(crate) context: Context,
    pub(crate) within: Option<Duration>,
    pub(crate) id: Option<CommandId>,
    pub(crate) after: Vec<Arc<[StoredEvent]>>,
}

impl ClientCore {
    /// Begins a call of a handler.
    ///
    /// # Panics
    /// When the invoker has no such handler, which the macro that makes the client excludes.
    #[must_use]
    pub fn call(&self, handler: &'static str) -> Call {
        let found = self.meta.handlers.iter().find(|known| known.name == handler);
        let handler = found.expect("the client of an invoker is made from its own handlers");
        let (cause, seed, origin) = match self.id {
            Some(id) => (id.into(), seed(id.into(), &self.component), Origin::Caller),
            // Nothing is derived where every id is fresh.
            None => {
                let cause = MessageId(self.bus.fresh_id());
                (cause, cause, Origin::Fresh)
            }
        };
        let mut scope = Scope::new(self.bus.clone(), seed, cause, cause);
        scope.metadata = self.metadata.clone();
        scope.context = self.context.clone();
        scope.deadline = self.within.map(clock::deadline);
        scope.origin = origin;
        scope.nested = false;
        scope.after = self.after.clone();
        let (instance, environment) = (self.instance.clone(), self.environment.clone());
        let incoming = Incoming::new(MessageRef::None);
        Call { component: self.meta, handler, environment, instance, scope, incoming }
    }
}

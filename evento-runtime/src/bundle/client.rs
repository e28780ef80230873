//! The way in for callers: a client with the methods of an invoker, without what is injected.

use std::{any::Any, ops::Deref, sync::Arc, time::Duration};

use crate::{
    capability::{Bus, Origin, Scope, seed},
    clock,
    component::Component,
    handler::{Incoming, Instance, Invocation, MessageRef},
    message::{CommandId, Context, MessageId, Metadata},
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
    pub(crate) instance: Arc<Instance>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) component: Arc<str>,
    pub(crate) metadata: Metadata,
    pub(crate) context: Context,
    pub(crate) within: Option<Duration>,
    pub(crate) id: Option<CommandId>,
}

impl ClientCore {
    /// Begins a call of a handler.
    #[must_use]
    pub fn call(&self, handler: &'static str) -> Call {
        let (cause, seed, origin) = match self.id {
            Some(id) => (id.into(), seed(id.into(), &self.component), Origin::Caller),
            // Nothing is derived where every id is fresh.
            None => {
                let cause = MessageId(self.bus.fresh_id());
                (cause, cause, Origin::Fresh)
            }
        };
        tracing::trace!(component = &*self.component, handler, %cause, "invocation");
        let mut scope = Scope::new(self.bus.clone(), seed, cause, cause);
        scope.metadata = self.metadata.clone();
        scope.context = self.context.clone();
        scope.deadline = self.within.map(clock::deadline);
        scope.origin = origin;
        scope.nested = false;
        Call { instance: self.instance.clone(), scope, incoming: Incoming::new(MessageRef::None) }
    }
}

/// One call of an invocation handler.
pub struct Call {
    instance: Arc<Instance>,
    scope: Scope,
    incoming: Incoming<'static>,
}

impl Call {
    /// The invoker.
    ///
    /// # Panics
    /// When the call was begun by the client of another invoker, which the types of the client exclude.
    #[must_use]
    pub fn component<C: Any>(&self) -> &C {
        (**self.instance).downcast_ref().expect("the client of an invoker is made from its own instance")
    }

    /// What its parameters are taken from.
    #[must_use]
    pub fn invocation(&self) -> Invocation<'_> {
        Invocation::new(&self.incoming, Some(&self.scope))
    }
}

/// A parameter that was taken out of an invocation, which has everything that an invocation handler may have injected.
///
/// # Panics
/// When that is not so.
pub fn injected<P>(taken: Result<P, crate::error::Error>) -> P {
    taken.expect("an invocation has everything that an invocation handler may take")
}

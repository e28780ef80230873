//! Invokers: given answers, when a call, then what it returned, sent and asked.

use std::{marker::PhantomData, sync::Arc};

use super::{
    settings::{answers_to, provided_to, responds_to, sends, time_of, world_of},
    subject::{Core, is_kind},
    told::stage::{Given, When},
};
use crate::{
    bundle::{Client, ClientCore, Invoker},
    component::ComponentKind,
    environment::Environment,
    interceptor::Interceptors,
    memory::MemoryStore,
    metrics::Metrics,
};

/// Begins a test of the invoker `I`.
///
/// ```text
/// invoker::<TodoApi>()
///     .responds::<FindTodoList>(None)
///     .when(async |api| api.find_list("l".into()).await)
///     .then_returned(|list| assert!(matches!(list, Ok(None))));
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn invoker<I: Invoker>() -> InvokerTest<I> {
    const { assert!(is_kind(&I::META, ComponentKind::Invoker), "`invoker` tests an `#[invoker]`") };
    InvokerTest { core: Core::new(const { &I::META }), returned: None, types: PhantomData }
}

/// A test of an invoker, begun by [`invoker`]. After a `when`, `T` is what the call returned.
pub struct InvokerTest<I, S = Given, T = ()> {
    core: Core,
    returned: Option<T>,
    types: PhantomData<fn() -> (I, S)>,
}

world_of!([I, S, T] InvokerTest<I, S, T>);
time_of!([I, S, T] InvokerTest<I, S, T>);
provided_to!([I, S, T] InvokerTest<I, S, T>);
answers_to!([I, S, T] InvokerTest<I, S, T>);
responds_to!([I, S, T] InvokerTest<I, S, T>);
sends!([I, T] InvokerTest<I, When, T>);

impl<I: Invoker, S, T> InvokerTest<I, S, T> {
    /// Somebody calls the invoker, through a client as those of an application.
    ///
    /// # Panics
    /// When the invoker cannot be built, or asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<U>(mut self, call: impl AsyncFnOnce(Client<I>) -> U) -> InvokerTest<I, When, U> {
        let called = self.call(call);
        let returned = self.core.check(called);
        InvokerTest { core: self.core, returned: Some(returned), types: PhantomData }
    }

    fn call<U>(&mut self, call: impl AsyncFnOnce(Client<I>) -> U) -> Result<U, String> {
        let instance = self.core.instance()?;
        self.core.begin_step();
        let world = &self.core.world;
        let client = Client::new(ClientCore {
            meta: self.core.meta,
            instance,
            environment: Environment {
                store: Arc::new(MemoryStore::new()),
                clock: Arc::new(world.clock.clone()),
                ids: Arc::new(world.ids.clone()),
                interceptors: Interceptors::default(),
                metrics: Arc::new(Metrics::default()),
            },
            bus: self.core.double.clone(),
            component: world.qualified(self.core.meta.name).into(),
            metadata: world.metadata.clone(),
            context: world.context.clone(),
            within: None,
            id: None,
            after: Vec::new(),
        });
        let returned = self.core.driver()?.wait(call(client));
        self.core.double.check_answered()?;
        Ok(returned)
    }
}

impl<I, T> InvokerTest<I, When, T> {
    /// Looks at what the call returned.
    ///
    /// # Panics
    /// When the test says answers that nobody has got.
    #[track_caller]
    pub fn then_returned(self, check: impl FnOnce(&T)) -> Self {
        self.core.check(self.core.double.check_used());
        check(self.core.check(self.returned.as_ref().ok_or_else(|| "nothing was returned".to_owned())));
        self
    }
}

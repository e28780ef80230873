//! One call of an invocation handler: through the interceptors, whatever the handler returns.

use std::{any::Any, pin::Pin, sync::Arc, time::Instant};

use futures_core::future::BoxFuture;
use tracing::Instrument;

use super::returned::Returned;
use crate::{
    capability::Scope,
    component::{ComponentMeta, HandlerMeta},
    environment::Environment,
    error::{Error, Result},
    handler::{Incoming, Instance, Invocation},
    interceptor::{self, Attempt, Called, through},
    outcome::Intercepted,
};

/// One call of an invocation handler.
pub struct Call {
    pub(super) component: &'static ComponentMeta,
    pub(super) handler: &'static HandlerMeta,
    pub(super) environment: Environment,
    pub(super) instance: Arc<Instance>,
    pub(super) scope: Scope,
    pub(super) incoming: Incoming<'static>,
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

    /// Calls the handler, within the interceptors of the application.
    pub async fn run<H, F>(&self, returned: Returned<F::Output>, handler: H) -> F::Output
    where
        H: FnOnce() -> F + Send,
        F: Future + Send,
        F::Output: Send,
    {
        let called = self.environment.called(self.component, self.handler, 0);
        let (span, began) = (called.span(&self.invocation()), Instant::now());
        let answer = if called.interceptors.is_empty() {
            handler().instrument(span).await
        } else {
            let middle =
                Middle { handler: Some(handler), handling: None, answer: None, split: returned.split };
            Box::pin(self.intercepted(called, returned, middle)).instrument(span).await
        };
        called.took_since(began);
        answer
    }

    async fn intercepted<H, F>(
        &self,
        called: Called<'_>,
        returned: Returned<F::Output>,
        mut middle: Middle<H, F>,
    ) -> F::Output
    where
        H: FnOnce() -> F + Send,
        F: Future + Send,
        F::Output: Send,
    {
        let mut call = interceptor::Call::new(self.component, self.handler, 0, &self.invocation());
        let mut attempt = InScope { scope: &self.scope, middle: &mut middle };
        let ended = through(called.interceptors, &mut call, &mut attempt).await;
        let error = match (ended, middle.answer.take()) {
            (Ok(()), Some(answer)) => return answer,
            (Ok(()), None) => Error::msg("an interceptor has proof of a call that was not made"),
            (Err(error), answer) => match (returned.join, answer) {
                (None, Some(answer)) => return answer,
                _ => error,
            },
        };
        if let Some(join) = returned.join {
            return join(error);
        }
        // There is no place for the error in what the handler returns, so it gets to see it itself.
        self.scope.refuse(Intercepted::new(error));
        middle.go_on().await
    }
}

/// A handler in the middle of its interceptors. Its future stays here when an interceptor lets go of it.
struct Middle<H, F: Future> {
    handler: Option<H>,
    handling: Option<Pin<Box<F>>>,
    answer: Option<F::Output>,
    split: fn(F::Output) -> Result<F::Output>,
}

impl<H: FnOnce() -> F, F: Future> Middle<H, F> {
    /// Calls the handler, or goes on with it.
    ///
    /// # Panics
    /// When it has answered.
    async fn go_on(&mut self) -> F::Output {
        let Self { handler, handling, .. } = self;
        let handling = handling.get_or_insert_with(|| {
            Box::pin(handler.take().expect("a handler that was called has a future")())
        });
        handling.as_mut().await
    }
}

struct InScope<'a, H, F: Future> {
    scope: &'a Scope,
    middle: &'a mut Middle<H, F>,
}

impl<H, F> Attempt for InScope<'_, H, F>
where
    H: FnOnce() -> F + Send,
    F: Future + Send,
    F::Output: Send,
{
    fn run<'s>(&'s mut self, call: &'s interceptor::Call) -> BoxFuture<'s, Result<()>> {
        Box::pin(async move {
            if let Some(metadata) = call.added() {
                self.scope.add(metadata.clone());
            }
            let answer = self.middle.go_on().await;
            self.middle.answer = Some((self.middle.split)(answer)?);
            Ok(())
        })
    }
}

/// A parameter that was taken out of an invocation, which has everything that an invocation handler may have injected.
///
/// # Panics
/// When that is not so.
pub fn injected<P>(taken: Result<P, Error>) -> P {
    taken.expect("an invocation has everything that an invocation handler may take")
}

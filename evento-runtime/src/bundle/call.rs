//! One call of an invocation handler: through the interceptors, whatever the handler returns.

use std::{
    any::Any,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use futures_core::future::BoxFuture;
use tracing::{Instrument, instrument::Instrumented};

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
        // Called when it is polled first, which is in the middle of the interceptors.
        let handling = pin!(async move { handler().await });
        let mut called = CalledHandler { handling, answer: None, returned };
        self.attempt(&mut called).await;
        called.answer.expect("a call that is over has an answer")
    }

    /// One attempt at the handler, whatever it returns: nothing of this is compiled per handler.
    fn attempt<'c>(&'c self, handler: &'c mut dyn Answering) -> Attempted<'c> {
        let called = self.environment.called(self.component, self.handler, 0);
        let (span, began) = (called.span(&self.invocation()), Instant::now());
        let way = if called.interceptors.is_empty() {
            Way::Alone(handler.instrument(span))
        } else {
            Way::Intercepted(Box::pin(self.intercepted(called, handler).instrument(span)))
        };
        Attempted { way, called, began }
    }

    async fn intercepted(&self, called: Called<'_>, handler: &mut dyn Answering) {
        let mut call = interceptor::Call::new(self.component, self.handler, 0, &self.invocation());
        let mut attempt = InScope { scope: &self.scope, handler: &mut *handler };
        let ended = through(called.interceptors, &mut call, &mut attempt).await;
        let error = match ended {
            Ok(()) if handler.has_answered() => return,
            Ok(()) => Error::msg("an interceptor has proof of a call that was not made"),
            Err(error) => error,
        };
        let Some(error) = handler.fail(error) else { return };
        // There is no place for the error in what the handler returns, so it gets to see it itself.
        self.scope.refuse(Intercepted::new(error));
        handler.await;
    }
}

/// A handler that answers something, as a future that is done when it has. Polled no more then.
trait Answering: Future<Output = ()> + Send + Unpin {
    /// Whether it has answered.
    fn has_answered(&self) -> bool;

    /// Takes the handler's error out of its answer, if it failed.
    fn split(&mut self) -> Result<()>;

    /// Answers with an error; gives it back where it has no place, and the handler has not answered.
    fn fail(&mut self, error: Error) -> Option<Error>;
}

/// A handler with its answer. Its future stays here when an interceptor lets go of it.
struct CalledHandler<'f, T> {
    handling: Pin<&'f mut (dyn Future<Output = T> + Send + 'f)>,
    answer: Option<T>,
    returned: Returned<T>,
}

impl<T> Unpin for CalledHandler<'_, T> {}

impl<T> Future for CalledHandler<'_, T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = self.handling.as_mut().poll(context);
        polled.map(|answer| self.answer = Some(answer))
    }
}

impl<T: Send> Answering for CalledHandler<'_, T> {
    fn has_answered(&self) -> bool {
        self.answer.is_some()
    }

    fn split(&mut self) -> Result<()> {
        let split = self.answer.take().map(self.returned.split).transpose();
        split.map(|answer| self.answer = answer)
    }

    fn fail(&mut self, error: Error) -> Option<Error> {
        match self.returned.join {
            Some(join) => self.answer = Some(join(error)),
            None if self.answer.is_some() => {}
            None => return Some(error),
        }
        None
    }
}

/// An attempt at a handler. The future of every call, so it is not boxed; polled here, so that it is compiled here.
struct Attempted<'c> {
    way: Way<'c>,
    called: Called<'c>,
    began: Instant,
}

/// The way to the handler.
enum Way<'c> {
    Alone(Instrumented<&'c mut dyn Answering>),
    Intercepted(BoxFuture<'c, ()>),
}

impl Future for Attempted<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = match &mut self.way {
            Way::Alone(handler) => Pin::new(handler).poll(context),
            Way::Intercepted(handler) => handler.as_mut().poll(context),
        };
        if polled.is_ready() {
            self.called.took_since(self.began);
        }
        polled
    }
}

struct InScope<'a> {
    scope: &'a Scope,
    handler: &'a mut dyn Answering,
}

impl Attempt for InScope<'_> {
    fn run<'s>(&'s mut self, call: &'s interceptor::Call) -> BoxFuture<'s, Result<()>> {
        Box::pin(async move {
            if let Some(metadata) = call.added() {
                self.scope.add(metadata.clone());
            }
            (&mut *self.handler).await;
            self.handler.split()
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

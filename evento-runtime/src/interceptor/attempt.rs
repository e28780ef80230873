//! One attempt at a handler: within its time, through the interceptors, in a span, and measured.

use futures_core::future::BoxFuture;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span, debug_span};

use super::{Attempt, Call, Interceptors, through};
use crate::{
    component::{ComponentMeta, HandlerMeta},
    error::{Error, Result},
    handler::{CallFailure, Incoming, Invocation, MessageRef, Outcome, Run, call_alone, call_sync},
    message::{CommandMessage, QueryMessage},
    metrics::{HandlerLabels, Metrics},
    panic::caught_async,
};

/// A handler came to no end. An interceptor sees it as an error; whatever it makes of that, the call ends as it did.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfinished {
    /// The handler panicked, with this text.
    #[error("the handler panicked: {0}")]
    Panicked(String),
    /// The time was over.
    #[error("the handler took longer than it may")]
    TimedOut,
}

/// Which attempt at which handler.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) interceptors: &'a Interceptors,
    pub(crate) metrics: &'a Metrics,
    pub(crate) component: &'static ComponentMeta,
    pub(crate) handler: &'static HandlerMeta,
    /// From 0.
    pub(crate) attempt: u32,
}

impl HandlerMeta {
    /// What stands for the handler among those of the process: its place in memory, which it never leaves.
    fn key(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// The handler as metrics tell it from others.
    pub(crate) fn labels(&'static self, component: &'static ComponentMeta) -> HandlerLabels {
        let payload = self.payload.filter(|_| self.kind.is_command());
        HandlerLabels {
            key: self.key(),
            role: component.kind.label(),
            component: component.name,
            name: self.name,
            command: payload.map(|payload| payload.name),
        }
    }
}

impl Called<'_> {
    /// Covers the attempt, for a message.
    pub(crate) fn span(&self, invocation: &Invocation<'_>) -> Span {
        let Self { component, handler, attempt, .. } = self;
        // The values of the fields are made even if nobody listens, so that none may cost anything; an error may take a backtrace.
        debug_span!(
            "handler",
            role = component.kind.label(),
            component = component.name,
            handler = handler.name,
            payload = handler.payload.map(|payload| payload.name),
            message = %invocation.ids().0,
            correlation = %invocation.ids().1,
            position = invocation.position_of_event().map(|position| position.0),
            attempt,
        )
    }

    /// Tells how long the attempt took that began then.
    pub(crate) fn took_since(&self, began: std::time::Instant) {
        self.metrics.handled(self.handler.key(), began.elapsed());
    }
}

/// Calls a pure handler. Whatever stands around it does so further out.
pub(crate) fn call_pure(called: Called<'_>, invocation: Invocation<'_>) -> Result<Outcome, CallFailure> {
    let (span, began) = (called.span(&invocation), std::time::Instant::now());
    let outcome = span.in_scope(|| call_sync(called.handler.run, invocation));
    called.took_since(began);
    outcome
}

/// Makes an attempt at a handler and waits for it until the deadline.
pub(crate) async fn call(
    called: Called<'_>,
    invocation: Invocation<'_>,
    deadline: Instant,
) -> Result<Outcome, CallFailure> {
    let (span, began) = (called.span(&invocation), std::time::Instant::now());
    let run = called.handler.run;
    let attempt = async move {
        if called.interceptors.is_empty() {
            return call_alone(run, invocation, deadline).await;
        }
        // Not a part of every call's future, which would make all of them larger.
        Box::pin(intercepted(called, invocation, deadline)).await
    };
    let outcome = attempt.instrument(span).await;
    called.took_since(began);
    outcome
}

async fn intercepted(
    called: Called<'_>,
    invocation: Invocation<'_>,
    deadline: Instant,
) -> Result<Outcome, CallFailure> {
    let mut call = Call::new(called.component, called.handler, called.attempt, &invocation);
    let run = called.handler.run;
    let mut attempt =
        HandlerAttempt { run, invocation: Some(invocation), deadline, outcome: None, unfinished: None };
    let going = caught_async(through(called.interceptors, &mut call, &mut attempt));
    let ended = timeout_at(deadline, going).await;
    let HandlerAttempt { outcome, unfinished, .. } = attempt;
    match (ended, unfinished) {
        (_, Some(Unfinished::Panicked(text))) => Err(CallFailure::Panicked(text)),
        (Err(_), _) | (_, Some(Unfinished::TimedOut)) => Err(CallFailure::TimedOut),
        (Ok(Err(text)), None) => Err(CallFailure::Panicked(format!("in an interceptor: {text}"))),
        (Ok(Ok(Err(error))), None) => Err(CallFailure::Failed(error)),
        (Ok(Ok(Ok(()))), None) => outcome.ok_or_else(|| {
            CallFailure::Failed(Error::msg("an interceptor has proof of a call that was not made"))
        }),
    }
}

/// A handler in the middle of its interceptors.
struct HandlerAttempt<'i> {
    run: Run,
    invocation: Option<Invocation<'i>>,
    deadline: Instant,
    outcome: Option<Outcome>,
    unfinished: Option<Unfinished>,
}

impl Attempt for HandlerAttempt<'_> {
    fn run<'s>(&'s mut self, call: &'s Call) -> BoxFuture<'s, Result<()>> {
        Box::pin(async move {
            let invocation = self.invocation.take();
            let invocation =
                invocation.ok_or_else(|| Error::msg("a handler was called twice in one attempt"))?;
            let unfinished = match with_added(self.run, invocation, call, self.deadline).await {
                Ok(outcome) => {
                    self.outcome = Some(outcome);
                    return Ok(());
                }
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::Panicked(text)) => Unfinished::Panicked(text),
                Err(CallFailure::TimedOut) => Unfinished::TimedOut,
            };
            self.unfinished = Some(unfinished.clone());
            Err(unfinished.into())
        })
    }
}

/// Calls a handler with the metadata that interceptors added.
async fn with_added(
    run: Run,
    invocation: Invocation<'_>,
    call: &Call,
    deadline: Instant,
) -> Result<Outcome, CallFailure> {
    let Some(metadata) = call.added() else { return call_alone(run, invocation, deadline).await };
    if let Some(scope) = invocation.scope {
        scope.add(metadata.clone());
    }
    match invocation.incoming.message {
        MessageRef::Command(message) => {
            let message = CommandMessage { metadata: metadata.clone(), ..message.clone() };
            let incoming = Incoming::new(MessageRef::Command(&message));
            call_alone(run, Invocation { incoming: &incoming, ..invocation }, deadline).await
        }
        MessageRef::Query(message) => {
            let message = QueryMessage { metadata: metadata.clone(), ..message.clone() };
            let incoming = Incoming::new(MessageRef::Query(&message));
            call_alone(run, Invocation { incoming: &incoming, ..invocation }, deadline).await
        }
        // What is stored stays as it is; the scope has what was added.
        MessageRef::Stored(_) | MessageRef::Sourced(_) | MessageRef::Deadline(_) | MessageRef::None => {
            call_alone(run, invocation, deadline).await
        }
    }
}

//! One attempt at a command of an aggregate, with the interceptors around it.

use futures_core::future::BoxFuture;

use super::{Task, aggregates::Aggregates, sourcing::Loaded};
use crate::{
    component::HandlerMeta,
    error::{Error, Result},
    handler::{Incoming, Invocation, MessageRef, NewEvents},
    interceptor::{Attempt, Call, through},
    message::StreamId,
    outcome::{Rejection, SendError},
    panic::caught_async,
    registry::{AggregateType, Lives},
};

/// What is attempted.
#[derive(Clone, Copy)]
pub(super) struct Attempted<'a> {
    pub(super) aggregate: &'a AggregateType,
    pub(super) stream: &'a StreamId,
    pub(super) handlers: Lives,
    pub(super) task: &'a Task,
    pub(super) trust_snapshot: bool,
    /// From 0.
    pub(super) number: u32,
}

/// What was decided on which state; or why nothing was, with the state if it was loaded.
pub(super) type Decided = Result<(Loaded, NewEvents), (Option<Loaded>, SendError)>;

impl Aggregates {
    /// Loads the state and lets the handler decide. What interceptors made of the command is put into `changed`.
    pub(super) async fn attempt(&self, attempted: Attempted<'_>, changed: &mut Option<Task>) -> Decided {
        let handler = attempted.handlers.living.or(attempted.handlers.starting);
        match handler.filter(|_| !self.environment.interceptors.is_empty()) {
            // Not a part of every command's future, which would make all of them larger.
            Some(handler) => Box::pin(self.intercepted(attempted, handler, changed)).await,
            None => self.current(attempted).await,
        }
    }

    async fn intercepted(
        &self,
        attempted: Attempted<'_>,
        handler: &'static HandlerMeta,
        changed: &mut Option<Task>,
    ) -> Decided {
        let Attempted { aggregate, task, number, .. } = attempted;
        let mut call = {
            let incoming = Incoming::new(MessageRef::Command(&task.message));
            Call::new(aggregate.meta, handler, number, &Invocation::new(&incoming, None))
        };
        let mut deciding =
            Deciding { aggregates: self, attempted, changed, loaded: None, events: None, stopped: false };
        let ended = caught_async(through(&self.environment.interceptors, &mut call, &mut deciding)).await;
        let Deciding { loaded, events, stopped, .. } = deciding;
        let error = match (ended, loaded, events) {
            (Ok(Ok(())), Some(loaded), Some(events)) => return Ok((loaded, events)),
            (Ok(Ok(())), loaded, _) => {
                let error = Error::msg("an interceptor has proof of a decision that was not made");
                return Err((loaded, SendError::Rejected(Rejection::new(task.name(), error))));
            }
            (Ok(Err(error)), loaded, _) => (loaded, answer(task, error, stopped)),
            (Err(message), loaded, _) => {
                let handler = format!("{}::{} (an interceptor)", aggregate.meta.name, handler.name);
                (loaded, SendError::Panicked { handler, message })
            }
        };
        Err(error)
    }
}

/// The answer to a command that came to this error behind its interceptors. Unless one of them put another error in its place,
/// what kept the handler from deciding is still in it.
fn answer(task: &Task, error: Error, stopped: bool) -> SendError {
    let kept = if stopped { error.downcast::<SendError>() } else { Err(error) };
    kept.unwrap_or_else(|error| SendError::Rejected(Rejection::new(task.name(), error)))
}

/// A decision in the middle of its interceptors.
struct Deciding<'a> {
    aggregates: &'a Aggregates,
    attempted: Attempted<'a>,
    changed: &'a mut Option<Task>,
    loaded: Option<Loaded>,
    events: Option<NewEvents>,
    /// Whether the handler came to no decision, not even to a rejection.
    stopped: bool,
}

impl Deciding<'_> {
    /// The handler that came to this decision, or to a rejection.
    fn decided_by(&self, decided: &Decided) -> Option<&'static HandlerMeta> {
        let (Ok((loaded, _)) | Err((Some(loaded), SendError::Rejected(_)))) = decided else { return None };
        let Lives { starting, living } = self.attempted.handlers;
        if loaded.state.is_some() { living } else { starting }
    }
}

impl Attempt for Deciding<'_> {
    fn run<'s>(&'s mut self, call: &'s Call) -> BoxFuture<'s, Result<()>> {
        Box::pin(async move {
            *self.changed = call.added().map(|metadata| self.attempted.task.with_metadata(metadata.clone()));
            let task = self.changed.as_ref().unwrap_or(self.attempted.task);
            let decided = self.aggregates.current(Attempted { task, ..self.attempted }).await;
            if let Some(handler) = self.decided_by(&decided) {
                call.decided_by(handler.name);
            }
            match decided {
                Ok((loaded, events)) => {
                    (self.loaded, self.events) = (Some(loaded), Some(events));
                    Ok(())
                }
                Err((loaded, error)) => {
                    self.loaded = loaded;
                    Err(match error {
                        SendError::Rejected(rejection) => rejection.into_error(),
                        error => {
                            self.stopped = true;
                            error.into()
                        }
                    })
                }
            }
        })
    }
}

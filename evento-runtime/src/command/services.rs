//! Services: act on the world outside, and say what happened as events.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout_at;
use tracing::{Instrument, debug_span};

use super::{Task, ledger, queue::Queues};
use crate::{
    capability::{Bus, Origin, Scope, seed},
    clock,
    component::HandlerMeta,
    environment::Environment,
    handler::{CallFailure, Incoming, Invocation, MessageRef, NewEvents, Outcome},
    interceptor,
    message::StreamId,
    outcome::{Receipt, Refusal, Rejection, SendError},
    payload::DecodeError,
    registry::InstanceOf,
    store::{Append, AppendError, Expected, StoreError},
};

/// How long a service that has failed may take at least to forget what was rejected below it.
const FORGETTING: Duration = Duration::from_secs(1);

/// Handles the commands of all services: one at a time for each lock id, side by side otherwise.
pub(crate) struct Services {
    environment: Environment,
    locks: Queues<String>,
}

impl Services {
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment, locks: Queues::default() }
    }

    /// Handles a command.
    pub(crate) async fn handle(
        &self,
        service: &InstanceOf,
        handler: &'static HandlerMeta,
        task: &Task,
        bus: Arc<dyn Bus>,
    ) -> Result<Receipt, SendError> {
        let too_late = |_elapsed| task.refused(Refusal::DeadlinePassed);
        let mut held = task.held.clone();
        let _lock = match &task.target {
            Some(id) => {
                let lock = format!("lock `{id}` of {}", service.meta.name);
                if held.contains(&lock) {
                    return Err(SendError::WouldDeadlock { command: task.name(), lock });
                }
                held = held.iter().cloned().chain([lock.clone()]).collect();
                Some(self.locks.enter(lock, task.deadline).await.map_err(too_late)?)
            }
            None => None,
        };
        // An id that somebody may repeat is handled by one at a time, so that the second finds what the first has done.
        let _id = match task.origin {
            Origin::Fresh => None,
            Origin::Caller | Origin::Derived => {
                let id = format!("command {}", task.message.id);
                Some(self.locks.enter(id, task.deadline).await.map_err(too_late)?)
            }
        };
        let known = timeout_at(task.deadline, ledger::known(task, None, &self.environment));
        let unanswered = |_elapsed| SendError::Store(StoreError::unanswered());
        if let Some(receipt) = known.await.map_err(unanswered)?? {
            return Ok(receipt);
        }
        let scope = scope(service, task, bus, held);
        match self.call(service, handler, task, &scope).await {
            Ok(events) => match scope.added() {
                Some(metadata) => self.append(service, &task.with_metadata(metadata.clone()), events).await,
                None => self.append(service, task, events).await,
            },
            Err(error) => {
                // What was rejected below this command was rejected in an attempt that failed; the next one asks anew.
                if scope.has_sent() {
                    let span = debug_span!("ledger", cause = %scope.seed);
                    let forgetting = self.environment.store.forget_rejections(scope.seed).instrument(span);
                    // Also of one whose time is over, or the next attempt would be answered with what was rejected in this one.
                    let enough = task.deadline.max(clock::deadline(FORGETTING));
                    let forgotten = timeout_at(enough, forgetting).await;
                    let unknown = |_elapsed| task.unknown("what it has sent could not be forgotten in time");
                    forgotten.map_err(unknown)?.map_err(SendError::Store)?;
                }
                let rejecting = ledger::reject(task, None, error, &self.environment);
                let unknown = |_elapsed| task.unknown("its deadline passed while its rejection was noted");
                timeout_at(task.deadline, rejecting).await.map_err(unknown)?
            }
        }
    }

    async fn append(
        &self,
        service: &InstanceOf,
        task: &Task,
        events: NewEvents,
    ) -> Result<Receipt, SendError> {
        if events.is_empty() && task.origin == Origin::Fresh {
            return Ok(Receipt {
                command: task.message.id,
                events: [].into(),
                repeated: false,
                suppressed: false,
            });
        }
        let id = task.target.clone().unwrap_or_else(|| task.message.id.to_string());
        let stream = StreamId::new(service.meta.name, id);
        let now = self.environment.clock.now();
        let events = task.envelop(&stream, 0, events, &self.environment, now);
        let span = task.append_span(&stream);
        let append = Append {
            stream,
            expected: Expected::Any,
            command: task.message.id,
            recording: ledger::recording(task, &self.environment),
            events: events.clone(),
            closes: false,
        };
        let appending = self.environment.store.append(append, task.deadline).instrument(span);
        match timeout_at(task.deadline, appending).await {
            Ok(Ok(appended)) => Ok(task.receipt(events, appended)),
            Ok(Err(AppendError::Duplicate(entry))) => {
                let answer = ledger::answer(task, None, *entry, &self.environment);
                let unknown = |_elapsed| task.unknown("its deadline passed while its first outcome was read");
                timeout_at(task.deadline, answer).await.map_err(unknown)?
            }
            // The handler has acted, so nothing that happens to its events means that nothing was done.
            Ok(Err(AppendError::Store(error))) if !error.is_transient() => Err(SendError::Store(error)),
            Ok(Err(error)) => Err(task.unknown(format!("the service has acted, but {error}"))),
            Err(_elapsed) => Err(task.unknown("its deadline passed while its events were stored")),
        }
    }

    async fn call(
        &self,
        service: &InstanceOf,
        handler: &'static HandlerMeta,
        task: &Task,
        scope: &Scope,
    ) -> Result<NewEvents, SendError> {
        let incoming = Incoming::new(MessageRef::Command(&task.message));
        let mut invocation = Invocation::new(&incoming, Some(scope));
        invocation.instance = Some(&**service.instance);
        let called = self.environment.called(service.meta, handler, 0);
        match interceptor::call(called, invocation, task.deadline).await {
            Ok(Outcome::Events(events)) => Ok(events),
            Ok(_) => Ok(NewEvents::default()),
            Err(CallFailure::Panicked(message)) => Err(SendError::Panicked {
                handler: format!("{}::{}", service.meta.name, handler.name),
                message,
            }),
            Err(CallFailure::Failed(error)) => Err(match error.downcast::<DecodeError>() {
                Ok(undecodable) => SendError::Undecodable(undecodable),
                Err(error) => SendError::Rejected(Rejection::new(task.name(), error)),
            }),
            Err(CallFailure::TimedOut) => {
                Err(task.unknown("its deadline passed while its service was at work"))
            }
        }
    }
}

fn scope(service: &InstanceOf, task: &Task, bus: Arc<dyn Bus>, held: Arc<[String]>) -> Scope {
    let cause = task.message.id.into();
    let mut scope = Scope::new(bus, seed(cause, &service.name), cause, task.message.correlation_id);
    scope.metadata = task.message.metadata.clone();
    scope.context = task.message.context.clone();
    scope.deadline = Some(task.deadline);
    scope.held = held;
    scope
}

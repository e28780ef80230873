//! Aggregates: load the state, decide, apply what was decided, append it.

use tokio::time::timeout_at;
use tracing::Instrument;

use super::{
    Task,
    cache::States,
    ledger,
    load::{self, catch_up, load},
    queue::Queues,
    sourcing::{Loaded, apply},
};
use crate::{
    capability::Origin,
    environment::Environment,
    handler::{CallFailure, Incoming, Invocation, MessageRef, NewEvents, Outcome, StateAccess, call_sync},
    message::{EventMessage, StreamId},
    outcome::{LoadError, Receipt, Refusal, Rejection, SendError},
    payload::DecodeError,
    registry::{AggregateType, Lives},
    store::{Append, AppendError, Expected},
};

/// How aggregates are kept and repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AggregateOptions {
    /// How many bytes of states are cached.
    pub(crate) cache_bytes: usize,
    /// How often a command is tried when others change its aggregate meanwhile.
    pub(crate) conflict_attempts: u32,
}

impl Default for AggregateOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024, conflict_attempts: 10 }
    }
}

/// Handles the commands of all aggregates: one at a time for each aggregate, side by side for different ones.
pub(crate) struct Aggregates {
    environment: Environment,
    options: AggregateOptions,
    queues: Queues<StreamId>,
    states: States,
}

/// What an attempt came to that stored nothing.
enum Stop {
    /// This is the answer.
    Answer(SendError),
    /// Somebody else changed the aggregate; it is at this version.
    Conflict(u64),
}

impl Aggregates {
    pub(crate) fn new(environment: Environment, options: AggregateOptions) -> Self {
        Self { states: States::new(options.cache_bytes), environment, options, queues: Queues::default() }
    }

    /// Handles a command.
    pub(crate) async fn handle(
        &self,
        aggregate: &AggregateType,
        handlers: Lives,
        task: &Task,
    ) -> Result<Receipt, SendError> {
        let id = task
            .target
            .as_deref()
            .filter(|id| !id.is_empty())
            .ok_or(SendError::EmptyId { command: task.name() })?;
        let stream = StreamId::new(aggregate.meta.name, id);
        let too_late = |_elapsed| task.refused(Refusal::DeadlinePassed);
        let _turn = self.queues.enter(stream.clone(), task.deadline).await.map_err(too_late)?;
        if task.origin != Origin::Fresh {
            let known = timeout_at(task.deadline, ledger::known(task, Some(&stream), &self.environment));
            if let Some(receipt) = known.await.map_err(too_late)?? {
                return Ok(receipt);
            }
        }
        let mut trust_snapshot = true;
        for _attempt in 0..self.options.conflict_attempts.max(1) {
            let age = self.states.age();
            let loading = self.current(aggregate, &stream, handlers, task, trust_snapshot);
            let (loaded, decided) = timeout_at(task.deadline, loading).await.map_err(too_late)??;
            let events = match decided {
                Ok(events) => events,
                Err(error) => {
                    self.states.put(stream.clone(), loaded, age);
                    return ledger::reject(task, Some(&stream), error, &self.environment).await;
                }
            };
            let version = loaded.version;
            match self.append(aggregate, &stream, (loaded, age), events, task).await {
                Ok(receipt) => return Ok(receipt),
                Err(Stop::Answer(error)) => return Err(error),
                Err(Stop::Conflict(actual)) => trust_snapshot = actual >= version,
            }
        }
        Err(SendError::Conflict {
            command: task.name(),
            stream,
            attempts: self.options.conflict_attempts.max(1),
        })
    }

    /// The state of the aggregate and what its handler decides on it.
    ///
    /// A decision that appends is checked by the append itself. One that does not (a rejection, or nothing to do) rests on a
    /// state that may be cached and old, so the state is brought up to date first.
    async fn current(
        &self,
        aggregate: &AggregateType,
        stream: &StreamId,
        handlers: Lives,
        task: &Task,
        trust_snapshot: bool,
    ) -> Result<(Loaded, Result<NewEvents, SendError>), SendError> {
        if let Some(mut loaded) = self.states.take(stream) {
            let decided = decide(aggregate, stream, handlers, &loaded, task);
            if decided.as_ref().is_ok_and(|events| !events.is_empty())
                || !catch_up(aggregate, stream, &mut loaded, &self.environment).await?
            {
                return Ok((loaded, decided));
            }
            let decided = decide(aggregate, stream, handlers, &loaded, task);
            return Ok((loaded, decided));
        }
        let loaded = load(aggregate, stream, trust_snapshot, &self.environment).await?;
        let decided = decide(aggregate, stream, handlers, &loaded, task);
        Ok((loaded, decided))
    }

    /// Applies the events to the state, appends them, and keeps the state for the next command.
    async fn append(
        &self,
        aggregate: &AggregateType,
        stream: &StreamId,
        (mut loaded, age): (Loaded, u64),
        events: NewEvents,
        task: &Task,
    ) -> Result<Receipt, Stop> {
        if events.is_empty() && task.origin == Origin::Fresh {
            self.states.put(stream.clone(), loaded, age);
            return Ok(Receipt { command: task.message.id, events: [].into(), repeated: false });
        }
        let before = loaded.version;
        let now = self.environment.clock.now();
        let events = task.envelop(stream, before, events, &self.environment, now);
        for event in &events {
            apply(aggregate, &mut loaded, event)
                .map_err(|error| Stop::Answer(cannot_apply(stream, event, error)))?;
        }
        let append = Append {
            stream: stream.clone(),
            expected: Expected::Version(before),
            command: task.message.id,
            recording: ledger::recording(task, &self.environment),
            events: events.clone(),
            closes: loaded.closed,
        };
        let appending =
            self.environment.store.append(append, task.deadline).instrument(task.append_span(stream));
        let appended = match timeout_at(task.deadline, appending).await {
            Ok(Ok(appended)) => appended,
            Ok(Err(AppendError::Duplicate(entry))) => {
                let answer = ledger::answer(task, Some(stream), *entry, &self.environment);
                return answer.await.map_err(Stop::Answer);
            }
            Ok(Err(error)) => return Err(self.not_appended(error, task)),
            Err(_elapsed) => {
                return Err(Stop::Answer(task.unknown("its deadline passed while it was stored")));
            }
        };
        let snapshot = load::snapshot(aggregate, stream, &mut loaded, before);
        self.states.put(stream.clone(), loaded, age);
        if let Some(snapshot) = snapshot {
            load::keep(stream, snapshot, task.deadline, &self.environment).await;
        }
        Ok(task.receipt(events, appended))
    }

    fn not_appended(&self, error: AppendError, task: &Task) -> Stop {
        Stop::Answer(match error {
            AppendError::Conflict { actual, .. } => return Stop::Conflict(actual),
            AppendError::Closed { stream } => SendError::Deleted { command: task.name(), stream },
            AppendError::Expired => task.refused(Refusal::DeadlinePassed),
            AppendError::Unknown { source } => task.unknown(source.to_string()),
            AppendError::LogWentBack { .. } => {
                self.states.clear();
                SendError::LogWentBack { command: task.name(), reason: error.to_string() }
            }
            AppendError::Store(error) => SendError::Store(error),
            AppendError::Duplicate(_) => task.unknown("it was handled before"),
        })
    }
}

/// Lets the handler that fits the life cycle decide.
fn decide(
    aggregate: &AggregateType,
    stream: &StreamId,
    handlers: Lives,
    loaded: &Loaded,
    task: &Task,
) -> Result<NewEvents, SendError> {
    let command = task.name();
    let (handler, state) = match &loaded.state {
        _ if loaded.closed => return Err(SendError::Deleted { command, stream: stream.clone() }),
        None => {
            let missing = || SendError::NotFound { command, stream: stream.clone() };
            (handlers.starting.ok_or_else(missing)?, StateAccess::None)
        }
        Some(state) => {
            let exists = || SendError::AlreadyExists { command, stream: stream.clone() };
            (handlers.living.ok_or_else(exists)?, StateAccess::Shared(&**state))
        }
    };
    let incoming = Incoming::new(MessageRef::Command(&task.message));
    let mut invocation = Invocation::new(&incoming, None);
    invocation.state = state;
    match call_sync(handler.run, invocation) {
        Ok(Outcome::Events(events)) => Ok(events),
        Ok(_) => Ok(NewEvents::default()),
        Err(CallFailure::Panicked(message)) => Err(SendError::Panicked {
            handler: format!("{}::{}", aggregate.meta.name, handler.name),
            message,
        }),
        Err(CallFailure::Failed(error)) => Err(match error.downcast::<DecodeError>() {
            Ok(undecodable) => SendError::Undecodable(undecodable),
            Err(error) => SendError::Rejected(Rejection::new(command, error)),
        }),
        Err(CallFailure::TimedOut) => Err(task.refused(Refusal::DeadlinePassed)),
    }
}

fn cannot_apply(stream: &StreamId, event: &EventMessage, error: LoadError) -> SendError {
    match error {
        LoadError::Panicked { handler, message } => SendError::Panicked { handler, message },
        error => SendError::CannotApply {
            stream: stream.clone(),
            event: event.name.clone().into_owned(),
            version: event.version,
            source: error,
        },
    }
}

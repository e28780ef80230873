//! Aggregates: load the state, decide, apply what was decided, append it.

use tokio::time::timeout_at;
use tracing::Instrument;

use super::{
    Task,
    attempt::{Attempted, Decided},
    cache::States,
    decide::{cannot_apply, decide},
    ledger,
    load::{self, catch_up, load},
    queue::Queues,
    sourcing::{Loaded, apply},
};
use crate::{
    capability::Origin,
    environment::Environment,
    handler::NewEvents,
    interceptor,
    message::StreamId,
    metrics,
    outcome::{Receipt, Refusal, SendError},
    registry::{AggregateType, Lives},
    store::{Append, AppendError, Expected, StoreError},
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
    pub(super) environment: Environment,
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
        let unanswered = |_elapsed| SendError::Store(StoreError::unanswered());
        if task.origin != Origin::Fresh {
            let known = timeout_at(task.deadline, ledger::known(task, Some(&stream), &self.environment));
            if let Some(receipt) = known.await.map_err(unanswered)?? {
                return Ok(receipt);
            }
        }
        // Loading is all that takes time here, unless an interceptor does.
        let waited = |elapsed| match self.environment.interceptors.is_empty() {
            true => unanswered(elapsed),
            false => too_late(elapsed),
        };
        let mut trust_snapshot = true;
        for number in 0..self.options.conflict_attempts.max(1) {
            let age = self.states.age();
            let attempted = Attempted { aggregate, stream: &stream, handlers, task, trust_snapshot, number };
            let mut changed = None;
            let deciding = timeout_at(task.deadline, self.attempt(attempted, &mut changed));
            let (loaded, events) = match deciding.await.map_err(waited)? {
                Ok(decided) => decided,
                Err((loaded, error)) => {
                    if let Some(loaded) = loaded {
                        self.states.put(stream.clone(), loaded, age);
                    }
                    let rejecting = ledger::reject(task, Some(&stream), error, &self.environment);
                    return timeout_at(task.deadline, rejecting).await.map_err(unanswered)?;
                }
            };
            let task = changed.as_ref().unwrap_or(task);
            let version = loaded.version;
            match self.append(aggregate, &stream, (loaded, age), events, task).await {
                Ok(receipt) => return Ok(receipt),
                Err(Stop::Answer(error)) => return Err(error),
                Err(Stop::Conflict(actual)) => {
                    metrics::conflicted(aggregate.meta.name, task.name());
                    trust_snapshot = actual >= version;
                }
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
    pub(super) async fn current(&self, attempted: Attempted<'_>) -> Decided {
        let Attempted { aggregate, stream, trust_snapshot, .. } = attempted;
        let (loaded, decided) = if let Some(mut loaded) = self.states.take(stream) {
            let decided = self.decide(attempted, &loaded);
            let caught_up = match &decided {
                Ok(events) if !events.is_empty() => Ok(false),
                _ => catch_up(aggregate, stream, &mut loaded, &self.environment).await,
            };
            match caught_up {
                Ok(false) => (loaded, decided),
                Ok(true) => {
                    let decided = self.decide(attempted, &loaded);
                    (loaded, decided)
                }
                Err(error) => return Err((None, error)),
            }
        } else {
            let loading = load(aggregate, stream, trust_snapshot, &self.environment).await;
            let loaded = loading.map_err(|error| (None, error))?;
            let decided = self.decide(attempted, &loaded);
            (loaded, decided)
        };
        match decided {
            Ok(events) => Ok((loaded, events)),
            Err(error) => Err((Some(loaded), error)),
        }
    }

    /// Lets the handler that fits the life cycle decide.
    fn decide(&self, attempted: Attempted<'_>, loaded: &Loaded) -> Result<NewEvents, SendError> {
        let Attempted { aggregate, stream, handlers, task, number, .. } = attempted;
        decide(aggregate, stream, handlers, (task.name(), &task.message), loaded, |handler, invocation| {
            interceptor::call_pure(self.environment.called(aggregate.meta, handler, number), invocation)
        })
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
            return Ok(Receipt {
                command: task.message.id,
                events: [].into(),
                repeated: false,
                suppressed: false,
            });
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
                let answered = timeout_at(task.deadline, answer).await;
                let unanswered = |_elapsed| Err(SendError::Store(StoreError::unanswered()));
                return answered.unwrap_or_else(unanswered).map_err(Stop::Answer);
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

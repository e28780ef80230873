//! One step in the life of a saga, by an event or a deadline: decode its state, call the handler, and save what it changed.

use std::borrow::Cow;

use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

use super::{
    ConsumerTask,
    derived::timer_id,
    failure::{Failure, Interruption, is_fault_of_events},
};
use crate::{
    capability::{Scope, TimerChange},
    component::{ComponentBody, SagaBody},
    error::Error,
    handler::{Incoming, Instance, Outcome, StateAccess, StateSlot},
    interceptor::{self, Called},
    message::{DeadlineMessage, Position, Timestamp},
    panic::caught,
    store::{
        Claim, ConsumerTransaction, DeadEvent, LogMark, SagaId, SagaRecord, StoreError, TimerRecord,
        UnmatchedEvent,
    },
};

/// A saga before the step.
pub(super) struct Life {
    pub(super) id: SagaId,
    /// Under which it is put aside what fails: that of the saga, or for one that is about to start that of the association,
    /// which later events for the same saga have too.
    pub(super) key: String,
    started_at: Timestamp,
    /// `None` for a saga that is about to start.
    record: Option<SagaRecord>,
}

impl Life {
    /// A saga that lives.
    pub(super) fn of(sagas: &str, record: SagaRecord) -> Self {
        let (id, started_at) = (record.id, record.started_at);
        Self { id, key: key(sagas, id), started_at, record: Some(record) }
    }

    /// A saga that may start.
    pub(super) fn new(id: SagaId, key: String, started_at: Timestamp) -> Self {
        Self { id, key, started_at, record: None }
    }

    /// The keys under which starts were put aside that would have found it.
    pub(super) fn start_keys(&self, sagas: &str) -> impl Iterator<Item = String> {
        self.record.iter().flat_map(move |record| start_keys(sagas, record))
    }

    /// The last event that changed it.
    pub(super) fn last_event(&self) -> Position {
        self.record.as_ref().map_or(Position::START, |record| record.last_event)
    }
}

/// What is in order among itself for a saga that lives.
pub(crate) fn key(sagas: &str, id: SagaId) -> String {
    format!("{sagas} {id}")
}

/// The keys under which starts were put aside that would have found a saga.
pub(crate) fn start_keys(sagas: &str, record: &SagaRecord) -> impl Iterator<Item = String> {
    record.associations.iter().map(move |(field, value)| start_key(sagas, field, value))
}

/// What is in order among itself for a saga that could not start: what has the same value of an association. A value that not
/// every store could keep in a key is told by its hash.
pub(super) fn start_key(sagas: &str, association: &str, value: &str) -> String {
    const SHOWN: usize = 1024;
    if value.len() > SHOWN || value.contains('\0') {
        return format!("{sagas} {association}=#{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, value.as_bytes()));
    }
    format!("{sagas} {association}={value}")
}

/// What a step changes.
pub(super) enum Change {
    /// A saga goes on, with what it wants of its timers; what follows for it waits under the key if it cannot be saved.
    Put {
        key: String,
        record: Box<SagaRecord>,
        timers: Vec<Timing>,
    },
    End {
        id: SagaId,
    },
    Park(DeadEvent),
    Unmatched(UnmatchedEvent),
}

/// A change of a timer.
pub(super) enum Timing {
    Put(Box<TimerRecord>),
    Delete(String),
}

/// Why a state cannot be worked on, today or tomorrow.
#[derive(Debug, Error)]
pub(super) enum StateError {
    #[error(
        "the state of saga `{saga}` {id}, saved by version {version} of its code, cannot be decoded by version {running}: \
         {source}; give new fields `#[serde(default)]`"
    )]
    Undecodable { saga: String, id: SagaId, version: u32, running: u32, source: serde_json::Error },
    #[error(
        "saga `{saga}` {id} was saved by version {version} of its code, which version {running} does not adopt"
    )]
    NotAdopted { saga: String, id: SagaId, version: u32, running: u32 },
    #[error("the state of saga `{saga}` {id} cannot be read or written: its type panicked: {panic}")]
    Panicked { saga: String, id: SagaId, panic: String },
}

/// A state as it is stored, and the fields by which events find it, with their values.
type Written = (Box<RawValue>, Vec<(Cow<'static, str>, String)>);

impl ConsumerTask {
    /// Calls a handler, and says what that changes.
    pub(super) async fn live(
        &self,
        called: Called<'_>,
        incoming: &Incoming<'_>,
        scope: &Scope,
        life: &Life,
        last_event: Position,
    ) -> Result<Option<Change>, Failure> {
        let body = self.body()?;
        let mut state: StateSlot = match &life.record {
            Some(record) => Some(self.decode(body, record)?),
            None => None,
        };
        let mut invocation = self.spec.invocation(incoming, Some(scope));
        invocation.state = StateAccess::Slot(&mut state);
        if let Some(position) = invocation.position_of_event() {
            invocation.replay = self.replay_status(position);
        }
        let deadline =
            scope.deadline.unwrap_or_else(|| crate::clock::deadline(self.spec.options.handler_time));
        let next = match interceptor::call(called, invocation, deadline).await? {
            Outcome::State(state) => Some(state),
            Outcome::Done => state,
            _ => None,
        };
        let Some(state) = next else {
            // What has not begun has nothing to end.
            return Ok(life.record.as_ref().map(|_| Change::End { id: life.id }));
        };
        let (state, associations) = self.written(body, life.id, &state)?;
        let record = SagaRecord {
            saga: self.spec.sagas.to_string().into(),
            id: life.id,
            code_version: self.spec.meta.version,
            state,
            associations,
            started_at: life.started_at,
            last_event,
        };
        let timers =
            scope.timers.take().into_iter().map(|change| self.timing(life.id, scope, change)).collect();
        // Behind a start that could not be saved, everything that follows for the saga waits as behind one that failed.
        Ok(Some(Change::Put { key: life.key.clone(), record: Box::new(record), timers }))
    }

    /// The state of a saga that this version of the code goes on with.
    pub(super) fn decode(&self, body: &SagaBody, record: &SagaRecord) -> Result<Instance, Error> {
        let (saga, id) = (self.spec.sagas.to_string(), record.id);
        let (version, running) = (record.code_version, self.spec.meta.version);
        if !body.continues(running, version) {
            return Err(StateError::NotAdopted { saga, id, version, running }.into());
        }
        match caught(|| (body.codec.decode)(&record.state)) {
            Ok(Ok(state)) => Ok(state),
            Ok(Err(source)) => Err(StateError::Undecodable { saga, id, version, running, source }.into()),
            Err(panic) => Err(StateError::Panicked { saga, id, panic }.into()),
        }
    }

    /// A state as it is saved. What says so is code of the user's own, as a handler is.
    pub(super) fn written(&self, body: &SagaBody, id: SagaId, state: &Instance) -> Result<Written, Error> {
        let write = || {
            let associations = (body.associations)(&**state);
            let associations = associations.into_iter().map(|(field, value)| (field.into(), value)).collect();
            Ok(((body.codec.encode)(&**state).map_err(Error::new)?, associations))
        };
        caught(write).unwrap_or_else(|panic| {
            Err(StateError::Panicked { saga: self.spec.sagas.to_string(), id, panic }.into())
        })
    }

    fn timing(&self, id: SagaId, scope: &Scope, change: TimerChange) -> Timing {
        match change {
            TimerChange::Cancel { key } => Timing::Delete(key),
            TimerChange::Schedule { key, deadline, due, payload } => Timing::Put(Box::new(TimerRecord {
                saga: self.spec.sagas.to_string().into(),
                saga_id: id,
                message: DeadlineMessage {
                    id: timer_id(scope.seed, &key),
                    name: deadline.into(),
                    correlation_id: scope.correlation_id,
                    causation_id: scope.cause,
                    due,
                    metadata: scope.metadata().clone(),
                    context: scope.context.clone(),
                    payload,
                },
                key,
            })),
        }
    }

    /// Saves what changed together with the checkpoint. What the store refuses to keep, such as a state that is too large, is
    /// put aside like what its handler refuses. `timer` is the key of the timer that came due, if that is what happened.
    pub(super) async fn save(
        &mut self,
        claim: &Claim,
        place: LogMark,
        mut changes: Vec<Change>,
        timer: Option<&str>,
    ) -> Result<(), Interruption> {
        loop {
            let mut transaction = self.open(claim).await?;
            let Some((index, error)) = self.write(&mut *transaction, &changes).await? else {
                self.commit(transaction, place).await?;
                break;
            };
            drop(transaction);
            if let Change::Put { key, .. } = &changes[index] {
                let (text, at) = (format!("it cannot be saved: {error}"), self.spec.environment.clock.now());
                self.may_park(key, &text)?;
                tracing::error!(consumer = %self.spec.id, position = %place.position, error = text, "a saga cannot be saved; what changed it is put aside");
                self.event_failed(place.position, None, &Error::msg(text.clone()));
                self.event_parked();
                changes[index] = Change::Park(DeadEvent {
                    consumer: self.spec.id.clone(),
                    position: place.position,
                    timer: timer.map(str::to_owned),
                    key: key.clone(),
                    error: Some(text),
                    attempts: 1,
                    first_at: at,
                    at,
                });
            } else {
                return Err(error.into());
            }
        }
        self.saved(&changes);
        Ok(())
    }

    /// Remembers what follows from changes that are committed.
    pub(super) fn saved(&mut self, changes: &[Change]) {
        let keys = changes.iter().filter_map(|change| match change {
            Change::Park(dead) => Some(dead.key.clone()),
            _ => None,
        });
        self.remember_parked(keys.collect());
        if changes.iter().any(changes_timers) {
            self.timers.look_again();
        }
    }

    /// Writes the changes. Gives back the first that the store refuses to keep, with the reason.
    pub(super) async fn write(
        &self,
        transaction: &mut dyn ConsumerTransaction,
        changes: &[Change],
    ) -> Result<Option<(usize, StoreError)>, StoreError> {
        for (index, change) in changes.iter().enumerate() {
            match self.write_one(transaction, change).await {
                Ok(()) => {}
                Err(error) if is_fault_of_events(&error) => return Ok(Some((index, error))),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn write_one(
        &self,
        transaction: &mut dyn ConsumerTransaction,
        change: &Change,
    ) -> Result<(), StoreError> {
        let sagas = &*self.spec.sagas;
        match change {
            Change::Put { record, timers, .. } => {
                transaction.put_saga((**record).clone()).await?;
                for timing in timers {
                    match timing {
                        Timing::Put(timer) => transaction.put_timer((**timer).clone()).await?,
                        Timing::Delete(key) => transaction.delete_timer(sagas, record.id, key).await?,
                    }
                }
                Ok(())
            }
            Change::End { id } => transaction.delete_saga(sagas, *id).await.map(drop),
            Change::Park(dead) => transaction.park(dead.clone()).await,
            Change::Unmatched(event) => transaction.put_unmatched(event.clone()).await,
        }
    }

    pub(super) fn body(&self) -> Result<&'static SagaBody, Error> {
        match &self.spec.meta.body {
            ComponentBody::Saga(body) => Ok(body),
            _ => Err(Error::msg("a saga without a saga's description")),
        }
    }
}

fn changes_timers(change: &Change) -> bool {
    match change {
        Change::Put { timers, .. } => !timers.is_empty(),
        Change::End { .. } => true,
        Change::Park(_) | Change::Unmatched(_) => false,
    }
}

//! Sagas: find the instances that an event concerns, let each go on, and save them with the checkpoint.

use tokio::time::Instant;
use tracing::{Instrument, debug_span};
use uuid::Uuid;

use super::{
    ConsumerTask,
    failure::{Failure, Interruption},
    spec::incoming,
};
use crate::{
    clock,
    component::{Association, ComponentBody, HandlerMeta, Receiver, SagaBody},
    error::Error,
    handler::{Instance, Outcome, StateAccess, StateSlot},
    interceptor,
    message::{MessageId, Position, StoredEvent, Timestamp},
    registry::Lives,
    store::{Claim, DeadEvent, LogMark, SagaId, SagaRecord, StoreError},
};

/// What an event changes.
enum Change {
    Put(SagaRecord),
    End(SagaId),
    Park(DeadEvent),
}

/// A saga that an event concerns, or one that it may start.
enum Concerned {
    Live(SagaRecord),
    /// With the key under which its start is put aside if it fails for good: that of the association, which later events for the
    /// same saga have too.
    New(SagaId, String),
    /// Its start was put aside under this key.
    Parked(String),
}

impl ConsumerTask {
    /// Handles a batch in order. Each event that concerns a saga is saved with the checkpoint before the next one, so that the
    /// next one finds what it changed.
    pub(super) async fn continue_sagas(
        &mut self,
        claim: &Claim,
        events: &[StoredEvent],
    ) -> Result<LogMark, Interruption> {
        let began = Instant::now();
        let (mut done, mut saved) = (LogMark::from(claim.checkpoint), claim.checkpoint);
        for event in events {
            let span = debug_span!("saga", saga = %self.spec.name, position = %event.position);
            match self.handle(claim, event).instrument(span).await {
                Ok(changed) => {
                    done = event.into();
                    if changed {
                        saved = done.position;
                    }
                }
                Err(interruption) => {
                    if done.position > saved {
                        self.save(claim, done, Vec::new()).await?;
                    }
                    return Err(interruption);
                }
            }
            if began.elapsed() >= self.spec.options.batch_time || self.stopping() {
                break;
            }
        }
        if done.position > saved {
            self.save(claim, done, Vec::new()).await?;
        }
        Ok(done)
    }

    /// Lets the sagas that an event concerns go on, and saves what that changes. Returns whether there was anything.
    async fn handle(&mut self, claim: &Claim, event: &StoredEvent) -> Result<bool, Interruption> {
        let changes = self.concern(event).await?;
        if changes.is_empty() {
            return Ok(false);
        }
        self.save(claim, event.into(), changes).await?;
        Ok(true)
    }

    async fn save(
        &mut self,
        claim: &Claim,
        place: LogMark,
        changes: Vec<Change>,
    ) -> Result<(), Interruption> {
        let mut transaction = self.open(claim).await?;
        let mut keys = Vec::new();
        for change in changes {
            match change {
                Change::Put(record) => transaction.put_saga(record).await?,
                Change::End(id) => drop(transaction.delete_saga(&self.spec.sagas, id).await?),
                Change::Park(dead) => {
                    keys.push(dead.key.clone());
                    transaction.park(dead).await?;
                }
            }
        }
        self.commit(transaction, place).await?;
        self.remember_parked(keys);
        Ok(())
    }

    /// Lets every saga that an event concerns go on, in the order of their ids; or starts one where there is none.
    async fn concern(&mut self, event: &StoredEvent) -> Result<Vec<Change>, Interruption> {
        let Some(handlers) = self.spec.handlers.get(&*event.message.name).copied() else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        match self.concerned(handlers, event).await {
            Ok(concerned) => {
                for (handler, saga) in concerned {
                    changes.extend(self.go_on(handler, event, saga).await?);
                }
            }
            // Nobody can say whom it concerns, now or later: the event cannot be decoded.
            Err(Looking::Undecodable(handler, error)) => {
                let key = format!("event {}", event.position);
                let attempt = handler.retry.times;
                let parked = self.after_failure(handler, event, &key, attempt, error.into()).await?;
                changes.extend(parked.map(Change::Park));
            }
            Err(Looking::Store(error)) => return Err(error.into()),
        }
        Ok(changes)
    }

    async fn concerned(
        &self,
        handlers: Lives,
        event: &StoredEvent,
    ) -> Result<Vec<(&'static HandlerMeta, Concerned)>, Looking> {
        let incoming = incoming(event);
        let mut start = None;
        for handler in [handlers.living, handlers.starting].into_iter().flatten() {
            let Some(Association { name, value }) = handler.association else { continue };
            let value = value(&incoming).map_err(|error| Looking::Undecodable(handler, error))?;
            // An event without a value concerns no saga by this association.
            let Some(value) = value else { continue };
            let span = debug_span!("find_sagas", saga = %self.spec.sagas, association = name, value);
            let finding = self.spec.environment.store.find_sagas(&self.spec.sagas, name, &value);
            let found = finding.instrument(span).await?;
            if !found.is_empty() {
                // A saga that is there already is not started again; only a handler with a receiver goes on with it.
                let Some(living) = handlers.living else {
                    tracing::debug!(consumer = %self.spec.id, position = %event.position, "the saga has begun already");
                    return Ok(Vec::new());
                };
                return Ok(found.into_iter().map(|record| (living, Concerned::Live(record))).collect());
            }
            let key = format!("{} {name}={value}", self.spec.sagas);
            if self.parked.contains(&key) {
                return Ok(vec![(handler, Concerned::Parked(key))]);
            }
            if matches!(handler.receiver, Receiver::None) {
                start = Some((handler, key));
            }
        }
        let Some((starting, key)) = start else {
            tracing::debug!(consumer = %self.spec.id, position = %event.position, "the event concerns no saga");
            return Ok(Vec::new());
        };
        let id = SagaId(Uuid::new_v5(&event.message.id.0, self.spec.sagas.as_bytes()));
        Ok(vec![(starting, Concerned::New(id, key))])
    }

    /// Lets one saga handle the event, and says what that changes.
    async fn go_on(
        &mut self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        saga: Concerned,
    ) -> Result<Option<Change>, Interruption> {
        let (id, key) = match &saga {
            Concerned::Live(record) => (record.id, format!("{} {}", self.spec.sagas, record.id)),
            Concerned::New(id, key) => (*id, key.clone()),
            Concerned::Parked(key) => return Ok(Some(Change::Park(self.dead(event, key, None, 0)))),
        };
        if self.parked.contains(&key) {
            return Ok(Some(Change::Park(self.dead(event, &key, None, 0))));
        }
        // Two sagas may react to one event with commands of one name, so each one has ids of its own.
        let seed = MessageId(Uuid::new_v5(&self.spec.seed(event.message.id).0, id.0.as_bytes()));
        let mut attempt = 0;
        loop {
            match self.attempt_saga((handler, attempt), event, &saga, id, seed).await {
                Ok(change) => {
                    self.events_succeeded(event.position);
                    return Ok(change);
                }
                Err(failure) => {
                    // What was rejected in an attempt that failed is asked anew by the next one, whenever that is.
                    self.forget_rejections(seed).await?;
                    if let Some(dead) = self.after_failure(handler, event, &key, attempt, failure).await? {
                        return Ok(Some(Change::Park(dead)));
                    }
                    attempt += 1;
                }
            }
        }
    }

    async fn attempt_saga(
        &self,
        (handler, attempt): (&'static HandlerMeta, u32),
        event: &StoredEvent,
        saga: &Concerned,
        id: SagaId,
        seed: MessageId,
    ) -> Result<Option<Change>, Failure> {
        let body = self.body()?;
        let (mut state, started_at): (StateSlot, Timestamp) = match saga {
            Concerned::Live(record) => {
                let state = (body.codec.decode)(&record.state).map_err(|source| {
                    Error::new(source)
                        .context(format!("the state of saga {} {id} cannot be decoded", self.spec.name))
                })?;
                (Some(state), record.started_at)
            }
            Concerned::New(..) | Concerned::Parked(_) => (None, event.message.timestamp),
        };
        let deadline = clock::deadline(self.spec.options.handler_time);
        let scope = self.spec.scope(event, seed, deadline);
        let incoming = incoming(event);
        let mut invocation = self.spec.invocation(&incoming, Some(&scope));
        invocation.state = StateAccess::Slot(&mut state);
        let called = self.spec.called(handler, attempt);
        let next = match interceptor::call(called, invocation, deadline).await? {
            Outcome::State(state) => Some(state),
            Outcome::Done => state,
            _ => None,
        };
        let record = match next {
            Some(state) => Some(self.record(body, &state, id, started_at, event.position)?),
            None => None,
        };
        Ok(match (record, saga) {
            (Some(record), _) => Some(Change::Put(record)),
            (None, Concerned::Live(_)) => Some(Change::End(id)),
            (None, Concerned::New(..) | Concerned::Parked(_)) => None,
        })
    }

    fn record(
        &self,
        body: &SagaBody,
        state: &Instance,
        id: SagaId,
        started_at: Timestamp,
        last_event: Position,
    ) -> Result<SagaRecord, Error> {
        let associations = (body.associations)(&**state);
        Ok(SagaRecord {
            saga: self.spec.sagas.to_string().into(),
            id,
            code_version: self.spec.meta.version,
            state: (body.codec.encode)(&**state)?,
            associations: associations.into_iter().map(|(field, value)| (field.into(), value)).collect(),
            started_at,
            last_event,
        })
    }

    fn body(&self) -> Result<&'static SagaBody, Error> {
        match &self.spec.meta.body {
            ComponentBody::Saga(body) => Ok(body),
            _ => Err(Error::msg("a saga without a saga's description")),
        }
    }
}

/// Why nobody knows whom an event concerns.
enum Looking {
    Undecodable(&'static HandlerMeta, Error),
    Store(StoreError),
}

impl From<StoreError> for Looking {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

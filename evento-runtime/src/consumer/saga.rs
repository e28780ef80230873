//! Sagas: find the instances that an event concerns, let each go on, and save them with the checkpoint.

use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use super::{
    ConsumerTask,
    derived::{saga_id, saga_seed},
    failure::{Failure, Interruption},
    life::{self, Change, Life},
    spec::incoming,
    tally::Fate,
};
use crate::{
    clock,
    component::{Association, HandlerMeta, Receiver},
    error::Error,
    message::StoredEvent,
    panic::caught,
    registry::Lives,
    store::{Claim, LogMark, StoreError, UnmatchedEvent},
};

/// Whom an event concerns.
pub(super) enum Concerned {
    /// These, in the order of their ids, or the one that it starts.
    Sagas(&'static HandlerMeta, Vec<Life>),
    /// Those whose start was put aside under this key.
    Parked(String),
    /// It would start a saga that is there already.
    BegunAlready,
    /// It has no value by which to find a saga.
    Nobody,
    /// It names a saga that is not there, by an association and its value.
    Unmatched(&'static str, String),
}

/// What became of events.
#[derive(Default)]
struct Counts {
    unmatched: u64,
    begun_already: u64,
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
        let (mut counts, mut interrupted) = (Counts::default(), Ok(()));
        for event in events {
            let span = debug_span!("saga", saga = %self.spec.name, position = %event.position);
            match self.handle(claim, event, &mut counts).instrument(span).await {
                Ok(changed) => {
                    done = event.into();
                    if changed {
                        saved = done.position;
                    }
                }
                Err(interruption) => {
                    interrupted = Err(interruption);
                    break;
                }
            }
            if began.elapsed() >= self.spec.options.batch_time || self.stopping() {
                break;
            }
        }
        if done.position > saved {
            self.save(claim, done, Vec::new(), None).await?;
        }
        // Only now, so that events which are handled again are counted once.
        self.tell(|progress| {
            progress.unmatched += counts.unmatched;
            progress.begun_already += counts.begun_already;
        });
        interrupted?;
        Ok(done)
    }

    /// Lets the sagas that an event concerns go on, and saves what that changes. Returns whether there was anything.
    async fn handle(
        &mut self,
        claim: &Claim,
        event: &StoredEvent,
        counts: &mut Counts,
    ) -> Result<bool, Interruption> {
        let changes = self.concern(event, counts).await?;
        let is_parked = changes.iter().any(|change| matches!(change, Change::Park(_)));
        self.tally.note(event.position, if is_parked { Fate::Parked } else { Fate::Handled });
        if changes.is_empty() {
            return Ok(false);
        }
        self.save(claim, event.into(), changes, None).await?;
        Ok(true)
    }

    /// Lets every saga that an event concerns go on, in the order of their ids; or starts one where there is none.
    async fn concern(
        &mut self,
        event: &StoredEvent,
        counts: &mut Counts,
    ) -> Result<Vec<Change>, Interruption> {
        let Some(handlers) = self.spec.handlers.get(&*event.message.name).copied() else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        match self.concerned(handlers, event, None).await {
            Ok(Concerned::Sagas(handler, lives)) => {
                for life in lives {
                    changes.extend(self.go_on(handler, event, life).await?);
                }
            }
            Ok(Concerned::Parked(key)) => changes.push(Change::Park(self.dead(event, &key, None, 0))),
            Ok(Concerned::BegunAlready) => {
                counts.begun_already += 1;
                tracing::debug!(consumer = %self.spec.id, position = %event.position, "the saga has begun already");
            }
            Ok(Concerned::Nobody) => {}
            Ok(Concerned::Unmatched(association, value)) => {
                counts.unmatched += 1;
                changes.extend(self.unmatched(event, association, value)?);
            }
            // Nobody can say whom it concerns, now or later: the event cannot be decoded, or has no such value.
            Err(Looking::Undecodable(handler, error)) => {
                let key = format!("event {}", event.position);
                let failure = Failure::permanent(error);
                let parked = self.after_failure(handler, event, &key, 0, failure).await?;
                changes.extend(parked.map(Change::Park));
            }
            Err(Looking::Store(error)) => return Err(error.into()),
        }
        Ok(changes)
    }

    /// Whom an event concerns. What is put aside under the key `but` does not count: it is being handled.
    pub(super) async fn concerned(
        &self,
        handlers: Lives,
        event: &StoredEvent,
        but: Option<&str>,
    ) -> Result<Concerned, Looking> {
        let incoming = incoming(event);
        let (mut start, mut sought) = (None, None);
        for handler in [handlers.living, handlers.starting].into_iter().flatten() {
            let Some(Association { name, value }) = handler.association else { continue };
            let value = caught(|| value(&incoming)).unwrap_or_else(|panic| {
                Err(Error::msg(format!("the association by `{name}` panicked: {panic}")))
            });
            let value = value.map_err(|error| Looking::Undecodable(handler, error))?;
            // An event without a value concerns no saga by this association.
            let Some(value) = value else { continue };
            let span = debug_span!("find_sagas", saga = %self.spec.sagas, association = name, value);
            let finding = self.spec.environment.store.find_sagas(&self.spec.sagas, name, &value);
            let found = finding.instrument(span).await?;
            if !found.is_empty() {
                // A saga that is there already is not started again; only a handler with a receiver goes on with it.
                let Some(living) = handlers.living else { return Ok(Concerned::BegunAlready) };
                let lives = found.into_iter().map(|record| Life::of(&self.spec.sagas, record)).collect();
                return Ok(Concerned::Sagas(living, lives));
            }
            // Later events for a saga that could not start have this association, too.
            let key = life::start_key(&self.spec.sagas, name, &value);
            if but != Some(&*key) && self.parked.contains(&key) {
                return Ok(Concerned::Parked(key));
            }
            if matches!(handler.receiver, Receiver::None) {
                start = Some((handler, key));
            }
            sought.get_or_insert((name, value));
        }
        Ok(match (start, sought) {
            (Some((handler, key)), _) => {
                let id = saga_id(event.message.id, &self.spec.sagas);
                Concerned::Sagas(handler, vec![Life::new(id, key, event.message.timestamp)])
            }
            (None, Some((association, value))) => Concerned::Unmatched(association, value),
            (None, None) => Concerned::Nobody,
        })
    }

    /// The key with dead events behind which a saga waits: its own, or that of a start which failed and would have found it by one
    /// of its associations.
    pub(super) fn queue_of(&self, life: &Life) -> Option<String> {
        if self.parked.is_empty() {
            return None;
        }
        if self.parked.contains(&life.key) {
            return Some(life.key.clone());
        }
        life.start_keys(&self.spec.sagas).find(|key| self.parked.contains(key))
    }

    /// Notes an event that names a saga which is not there, if the saga wants to know.
    pub(super) fn unmatched(
        &self,
        event: &StoredEvent,
        association: &'static str,
        value: String,
    ) -> Result<Option<Change>, Interruption> {
        let body = self.body().map_err(Interruption::Failed)?;
        tracing::debug!(consumer = %self.spec.id, position = %event.position, association, "the event found no saga");
        Ok(body.strict.then(|| {
            Change::Unmatched(UnmatchedEvent {
                saga: self.spec.sagas.to_string().into(),
                position: event.position,
                event: event.message.name.clone(),
                association: association.into(),
                value,
                at: self.spec.environment.clock.now(),
            })
        }))
    }

    /// Lets one saga handle the event, and says what that changes.
    async fn go_on(
        &mut self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        life: Life,
    ) -> Result<Option<Change>, Interruption> {
        if let Some(key) = self.queue_of(&life) {
            return Ok(Some(Change::Park(self.dead(event, &key, None, 0))));
        }
        let seed = saga_seed(self.spec.seed(event.message.id), life.id);
        let mut attempt = 0;
        loop {
            let deadline = clock::deadline(self.spec.options.handler_time);
            let scope = self.scope(event, seed, deadline);
            let called = self.spec.called(handler, attempt);
            match self.live(called, &incoming(event), &scope, &life, event.position).await {
                Ok(change) => {
                    self.events_succeeded(event.position);
                    return Ok(change);
                }
                Err(failure) => {
                    // What was rejected in an attempt that failed is asked anew by the next one, whenever that is.
                    self.forget_rejections(seed).await?;
                    if let Some(dead) =
                        self.after_failure(handler, event, &life.key, attempt, failure).await?
                    {
                        return Ok(Some(Change::Park(dead)));
                    }
                    attempt += 1;
                }
            }
        }
    }
}

/// Why nobody knows whom an event concerns.
pub(super) enum Looking {
    Undecodable(&'static HandlerMeta, Error),
    Store(StoreError),
}

impl From<StoreError> for Looking {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

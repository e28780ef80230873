//! What becomes of an event whose handler failed: the part that projectors, observers and sagas share.

use std::time::Duration;

use super::{
    ConsumerSpec, ConsumerTask,
    failure::{Failure, Interruption, Next},
};
use tracing::{Instrument, debug_span};

use crate::{
    component::HandlerMeta,
    message::{MessageId, Position, StoredEvent, Timestamp},
    metrics,
    store::{Claim, ConsumerTransaction, DeadEvent, LogMark, StoreError},
};

impl ConsumerTask {
    /// After the failed attempt of this number, from 0: waits for the next one, or gives the event up.
    pub(super) async fn after_failure(
        &mut self,
        handler: &HandlerMeta,
        event: &StoredEvent,
        key: &str,
        attempt: u32,
        failure: Failure,
    ) -> Result<Option<DeadEvent>, Interruption> {
        let place = (event.position, Some(event.message.timestamp));
        let given_up = self.again_or_give_up(handler, place, key, attempt, failure).await?;
        Ok(given_up.map(|error| self.dead(event, key, Some(error), attempt + 1)))
    }

    /// After the failed attempt of this number, from 0: waits for the next one, or says why there is none. What failed has a
    /// position and, if it is an event, a time.
    pub(super) async fn again_or_give_up(
        &mut self,
        handler: &HandlerMeta,
        place: (Position, Option<Timestamp>),
        key: &str,
        attempt: u32,
        failure: Failure,
    ) -> Result<Option<String>, Interruption> {
        match self.judge(handler, place, key, attempt, failure)? {
            Verdict::Again { wait, .. } => {
                self.rest(wait).await?;
                Ok(None)
            }
            Verdict::Park { error } => Ok(Some(error)),
        }
    }

    /// What is to be done after the failed attempt of this number, from 0, and tells of it.
    pub(super) fn judge(
        &mut self,
        handler: &HandlerMeta,
        (position, at): (Position, Option<Timestamp>),
        key: &str,
        attempt: u32,
        failure: Failure,
    ) -> Result<Verdict, Interruption> {
        let next = failure.next(attempt, handler.retry, self.spec.options.longest_wait);
        let error = format!("{:#}", failure.error);
        let (consumer, handler) = (self.spec.id.clone(), handler.name);
        match next {
            Next::Again(wait) => {
                metrics::retried(self.spec.meta.name, handler);
                tracing::warn!(%consumer, handler, %position, attempt, error, "a handler failed and is called again");
                self.event_failed(position, at, &failure.error);
                Ok(Verdict::Again { wait, error })
            }
            Next::Park => {
                self.may_park(key, &error)?;
                tracing::error!(%consumer, handler, %position, attempt, error, "a handler failed for good; what it handles is put aside");
                self.event_failed(position, at, &failure.error);
                self.event_parked();
                Ok(Verdict::Park { error })
            }
        }
    }

    /// Fails when too many keys were put aside lately to put one more aside because of an error.
    pub(super) fn may_park(&mut self, key: &str, error: &str) -> Result<(), Interruption> {
        self.recent_keys.add(key, error).map_err(|error| Interruption::TooManyKeys(error.into()))
    }

    /// Begins the transaction that holds the effects of events and the checkpoint behind them.
    pub(super) async fn open(&self, claim: &Claim) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        let span = debug_span!("begin", consumer = %self.spec.id);
        self.spec.environment.store.begin(claim).instrument(span).await
    }

    /// Forgets what was rejected in an attempt that failed.
    pub(super) async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        forget_rejections(&self.spec, cause).await
    }

    /// Commits the effects of events together with the checkpoint behind them.
    pub(super) async fn commit(
        &mut self,
        transaction: Box<dyn ConsumerTransaction>,
        place: LogMark,
    ) -> Result<(), Interruption> {
        self.check_tally(place)?;
        Ok(self.commit_checked(transaction, place).await?)
    }

    /// Fails unless something was done with every event up to a place.
    pub(super) fn check_tally(&self, place: LogMark) -> Result<(), Interruption> {
        self.tally.check(place.position).map_err(|error| Interruption::Unsound(error.into()))
    }

    /// The same for those who have checked the tally.
    pub(super) async fn commit_checked(
        &mut self,
        mut transaction: Box<dyn ConsumerTransaction>,
        place: LogMark,
    ) -> Result<(), StoreError> {
        let span = debug_span!("checkpoint", consumer = %self.spec.id, position = %place.position);
        if !self.is_owner() {
            return Err(StoreError::Fenced { consumer: self.spec.id.to_string() });
        }
        let is_built = self.build(&mut *transaction, place.position).await?;
        transaction.commit(place).instrument(span).await?;
        self.count_done(place.position);
        self.remember_saved(place.position);
        if is_built {
            self.is_built();
        }
        Ok(())
    }

    /// An event that is put aside. Without an error, it waits behind another one of its key.
    pub(super) fn dead(
        &self,
        event: &StoredEvent,
        key: &str,
        error: Option<String>,
        attempts: u32,
    ) -> DeadEvent {
        let at = self.spec.environment.clock.now();
        DeadEvent {
            consumer: self.spec.id.clone(),
            position: event.position,
            timer: None,
            key: key.to_owned(),
            error,
            attempts,
            first_at: at,
            at,
        }
    }

    /// The key of an event of a stream that has events put aside, behind which this one waits.
    pub(super) fn waiting(&self, event: &StoredEvent) -> Option<String> {
        if self.parked.is_empty() {
            return None;
        }
        Some(stream_key(event)).filter(|key| self.parked.contains(key))
    }

    /// Remembers keys behind which later events wait, now that their events are put aside for good.
    pub(super) fn remember_parked(&mut self, keys: Vec<String>) {
        let count = keys.len() as u64;
        self.parked.extend(keys);
        if count > 0 {
            self.metrics.parked(count);
            self.tell(|progress| progress.parked += count);
        }
    }
}

/// What is to be done after a failed attempt, with the error as text.
pub(super) enum Verdict {
    /// Another attempt, after a wait.
    Again { wait: Duration, error: String },
    /// None: it is put aside.
    Park { error: String },
}

/// Forgets what was rejected in an attempt that failed.
pub(super) async fn forget_rejections(spec: &ConsumerSpec, cause: MessageId) -> Result<u64, StoreError> {
    let span = debug_span!("ledger", %cause);
    spec.environment.store.forget_rejections(cause).instrument(span).await
}

/// What is in order among itself for projectors and observers: the events of a stream.
pub(super) fn stream_key(event: &StoredEvent) -> String {
    let stream = &event.message.stream;
    format!("{}/{}", stream.kind, stream.id)
}

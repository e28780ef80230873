//! What becomes of an event whose handler failed: the part that projectors, observers and sagas share.

use super::{
    ConsumerTask,
    failure::{Failure, Interruption, Next},
};
use tracing::{Instrument, debug_span};

use crate::{
    component::HandlerMeta,
    message::{Position, StoredEvent},
    store::{ConsumerTransaction, DeadEvent, LogMark, StoreError},
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
        let given_up = self.again_or_give_up(handler, event.position, attempt, failure).await?;
        Ok(given_up.map(|error| self.dead(event, key, Some(error), attempt + 1)))
    }

    /// After the failed attempt of this number, from 0: waits for the next one, or says why there is none.
    pub(super) async fn again_or_give_up(
        &mut self,
        handler: &HandlerMeta,
        position: Position,
        attempt: u32,
        failure: Failure,
    ) -> Result<Option<String>, Interruption> {
        let next = failure.next(attempt, handler.retry);
        let error = format!("{:#}", failure.error);
        let (consumer, handler) = (&self.spec.id, handler.name);
        self.failing(&failure.error);
        match next {
            Next::Again(wait) => {
                tracing::warn!(%consumer, handler, %position, attempt, error, "a handler failed and is called again");
                self.rest(wait).await?;
                Ok(None)
            }
            Next::Park => {
                tracing::error!(%consumer, handler, %position, attempt, error, "a handler failed for good; what it handles is put aside");
                Ok(Some(error))
            }
        }
    }

    /// Commits the effects of events together with the checkpoint behind them.
    pub(super) async fn commit(
        &self,
        transaction: Box<dyn ConsumerTransaction>,
        place: LogMark,
    ) -> Result<(), StoreError> {
        let span = debug_span!("checkpoint", consumer = %self.spec.id, position = %place.position);
        transaction.commit(place).instrument(span).await
    }

    /// An event that is put aside. Without an error, it waits behind another one of its key.
    pub(super) fn dead(
        &self,
        event: &StoredEvent,
        key: &str,
        error: Option<String>,
        attempts: u32,
    ) -> DeadEvent {
        DeadEvent {
            consumer: self.spec.id.clone(),
            position: event.position,
            timer: None,
            key: key.to_owned(),
            error,
            attempts,
            at: self.spec.environment.clock.now(),
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
            self.tell(|progress| progress.parked += count);
        }
    }
}

/// What is in order among itself for projectors and observers: the events of a stream.
pub(super) fn stream_key(event: &StoredEvent) -> String {
    let stream = &event.message.stream;
    format!("{}/{}", stream.kind, stream.id)
}

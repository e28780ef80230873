//! Observers: react to events by sending commands, without a transaction of their own.

use tokio::time::Instant;

use super::{
    ConsumerTask,
    failure::{Failure, Interruption},
    react::stream_key,
    replay::{Failed, Revived},
    request::ReplayCause,
    spec::incoming,
    tally::Fate,
};
use crate::{
    clock,
    component::HandlerMeta,
    interceptor,
    message::StoredEvent,
    store::{Claim, DeadEvent, LogMark},
};

impl ConsumerTask {
    /// Handles a batch in order. The checkpoint follows in one transaction at the end of the batch, or earlier when the
    /// batch takes long; what is handled again after a crash sends commands whose ids are known to the ledger.
    pub(super) async fn observe(
        &mut self,
        claim: &Claim,
        events: &[StoredEvent],
    ) -> Result<LogMark, Interruption> {
        let began = Instant::now();
        let mut done = None;
        let mut dead = Vec::new();
        let mut interrupted = Ok(());
        for event in events {
            match self.observe_one(event).await {
                Ok(parked) => {
                    let fate = if parked.is_some() { Fate::Parked } else { Fate::Handled };
                    self.tally.note(event.position, fate);
                    // Later events of the key wait behind it from now on, also in this batch.
                    self.parked.extend(parked.iter().map(|dead| dead.key.clone()));
                    dead.extend(parked);
                    done = Some(event.into());
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
        if let Some(done) = done {
            let mut transaction = self.open(claim).await?;
            let keys = dead.iter().map(|dead: &DeadEvent| dead.key.clone()).collect();
            for dead in dead {
                transaction.park(dead).await?;
            }
            self.commit(transaction, done).await?;
            self.remember_parked(keys);
        }
        interrupted?;
        Ok(done.unwrap_or(claim.checkpoint.into()))
    }

    async fn observe_one(&mut self, event: &StoredEvent) -> Result<Option<DeadEvent>, Interruption> {
        let Some(handler) = self.spec.handlers.get(&*event.message.name).and_then(|lives| lives.living)
        else {
            return Ok(None);
        };
        if let Some(key) = self.waiting(event) {
            return Ok(Some(self.dead(event, &key, None, 0)));
        }
        let mut attempt = 0;
        loop {
            match self.attempt_observation(handler, event, attempt).await {
                Ok(()) => {
                    self.events_succeeded(event.position);
                    return Ok(None);
                }
                Err(failure) => {
                    // What was rejected in an attempt that failed is asked anew by the next one, whenever that is.
                    self.forget_rejections(self.spec.seed(event.message.id)).await?;
                    if let Some(dead) =
                        self.after_failure(handler, event, &stream_key(event), attempt, failure).await?
                    {
                        return Ok(Some(dead));
                    }
                    attempt += 1;
                }
            }
        }
    }

    /// Handles a dead event again. What it has sent before, in an attempt that failed or by a process that died, the ledger knows.
    pub(super) async fn observe_again(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        event: &StoredEvent,
        handler: Option<&'static HandlerMeta>,
    ) -> Result<Revived, Interruption> {
        let Some(handler) = handler else {
            return Ok(Err(Failed::new(ReplayCause::NoHandler, "no handler takes the event any more")));
        };
        if let Err(failure) = self.attempt_observation(handler, event, dead.attempts).await {
            self.forget_rejections(self.spec.seed(event.message.id)).await?;
            return Failed::of(failure).map(Err);
        }
        let transaction = self.open(claim).await?;
        self.bring_back(transaction, place, dead).await
    }

    async fn attempt_observation(
        &self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        attempt: u32,
    ) -> Result<(), Failure> {
        let deadline = clock::deadline(self.spec.options.handler_time);
        let scope = self.scope(event, self.spec.seed(event.message.id), deadline);
        let incoming = incoming(event);
        let mut invocation = self.spec.invocation(&incoming, Some(&scope));
        invocation.replay = self.replay_status(event.position);
        interceptor::call(self.spec.called(handler, attempt), invocation, deadline).await?;
        Ok(())
    }
}

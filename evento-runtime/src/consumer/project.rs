//! Projectors: a batch of events, their read models and the checkpoint in one transaction.

use tokio::time::Instant;

use super::{
    ConsumerTask,
    failure::{Failure, Interruption, is_fault_of_events},
    react::stream_key,
    replay::{Failed, Revived},
    request::ReplayCause,
    spec::incoming,
    tally::Fate,
};
use crate::{
    capability::Access,
    clock,
    component::HandlerMeta,
    error::Error,
    handler::{AccessSlot, Invocation, Uses},
    interceptor,
    message::StoredEvent,
    store::{Claim, DeadEvent, LogMark, StoreError},
};

/// How a batch ended.
enum Batch {
    /// Everything up to this place is saved.
    Saved(LogMark),
    /// The event of this index failed, and nothing is saved.
    Failed(usize, Failure),
    /// All were handled up to this index, and then could not be committed.
    Refused(usize),
}

impl ConsumerTask {
    /// Handles a batch in one transaction. When an event fails, the batch is undone and handled again event by event, up to
    /// the one that failed.
    pub(super) async fn project(
        &mut self,
        claim: &Claim,
        events: &[StoredEvent],
    ) -> Result<LogMark, Interruption> {
        match self.project_batch(claim, events).await? {
            Batch::Saved(place) => Ok(place),
            Batch::Failed(index, failure) => {
                self.tally.undo();
                for event in &events[..index] {
                    self.project_one(claim, event, None).await?;
                }
                self.project_one(claim, &events[index], Some(failure)).await?;
                Ok((&events[index]).into())
            }
            Batch::Refused(index) => {
                self.tally.undo();
                for event in &events[..=index] {
                    self.project_one(claim, event, None).await?;
                }
                Ok((&events[index]).into())
            }
        }
    }

    async fn project_batch(&mut self, claim: &Claim, events: &[StoredEvent]) -> Result<Batch, Interruption> {
        let began = Instant::now();
        let mut access = self.begin(claim).await?;
        let (mut done, mut last) = (claim.checkpoint.into(), 0);
        let mut parked = Vec::new();
        for (index, event) in events.iter().enumerate() {
            if let Some(key) = self.waiting(event) {
                access.park(self.dead(event, &key, None, 0)).await?;
                parked.push(key);
                self.tally.note(event.position, Fate::Parked);
            } else if let Some(handler) = self.handler(event)
                && let Err(failure) = self.attempt(handler, event, 0, &mut access).await
            {
                // What was lost may be what others wrote: each must be told of its own.
                let whose = if access.has_lost_rows() { None } else { Some(failure) };
                return Ok(whose.map_or(Batch::Refused(index), |failure| Batch::Failed(index, failure)));
            } else {
                self.tally.note(event.position, Fate::Handled);
            }
            (done, last) = (event.into(), index);
            if began.elapsed() >= self.spec.options.batch_time {
                break;
            }
        }
        self.check_tally(done)?;
        match self.finish(access, done).await {
            Ok(()) => {}
            Err(error) if is_fault_of_events(&error) => return Ok(Batch::Refused(last)),
            Err(error) => return Err(error.into()),
        }
        self.remember_parked(parked);
        self.events_succeeded(done.position);
        Ok(Batch::Saved(done))
    }

    /// Handles one event in a transaction of its own. `failure` is that of the attempt that failed with the batch.
    async fn project_one(
        &mut self,
        claim: &Claim,
        event: &StoredEvent,
        mut failure: Option<Failure>,
    ) -> Result<(), Interruption> {
        let key = stream_key(event);
        if self.parked.contains(&key) {
            return self.put_aside(claim, event, self.dead(event, &key, None, 0)).await;
        }
        let handler = self.handler(event);
        let mut attempt = 0;
        loop {
            if let (Some(failure), Some(handler)) = (failure.take(), handler) {
                if let Some(dead) = self.after_failure(handler, event, &key, attempt, failure).await? {
                    return self.put_aside(claim, event, dead).await;
                }
                attempt += 1;
            }
            let mut access = self.begin(claim).await?;
            let attempted = match handler {
                Some(handler) => self.attempt(handler, event, attempt, &mut access).await,
                None => Ok(()),
            };
            if let Err(failed) = attempted {
                // Whatever the attempt wrote is undone before anybody waits.
                drop(access);
                failure = Some(failed);
                continue;
            }
            self.tally.undo();
            self.tally.note(event.position, Fate::Handled);
            self.check_tally(event.into())?;
            match self.finish(access, event.into()).await {
                Ok(()) => {
                    self.events_succeeded(event.position);
                    return Ok(());
                }
                Err(error) if is_fault_of_events(&error) && handler.is_some() => {
                    failure = Some(Error::new(error).into());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Puts an event aside and moves the checkpoint behind it.
    async fn put_aside(
        &mut self,
        claim: &Claim,
        event: &StoredEvent,
        dead: DeadEvent,
    ) -> Result<(), Interruption> {
        let key = dead.key.clone();
        let mut access = self.begin(claim).await?;
        access.park(dead).await?;
        self.tally.undo();
        self.tally.note(event.position, Fate::Parked);
        self.check_tally(event.into())?;
        self.finish(access, event.into()).await?;
        self.remember_parked(vec![key]);
        Ok(())
    }

    async fn begin(&self, claim: &Claim) -> Result<Access, Interruption> {
        let transaction = self.open(claim).await?;
        Ok(Access::write(transaction, self.spec.views.clone()))
    }

    /// Writes what was written, and commits it together with the checkpoint behind it.
    async fn finish(&mut self, access: Access, place: LogMark) -> Result<(), StoreError> {
        self.commit_checked(access.into_transaction().await?, place).await
    }

    /// Handles a dead event again.
    pub(super) async fn project_again(
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
        let mut access = self.begin(claim).await?;
        if let Err(failure) = self.attempt(handler, event, dead.attempts, &mut access).await {
            // Whatever the attempt wrote is undone before anything else is written.
            drop(access);
            return Failed::of(failure).map(Err);
        }
        match access.into_transaction().await {
            Ok(transaction) => self.bring_back(transaction, place, dead).await,
            Err(error) => Failed::refused(error).map(Err),
        }
    }

    fn handler(&self, event: &StoredEvent) -> Option<&'static HandlerMeta> {
        self.spec.handlers.get(&*event.message.name)?.living
    }

    async fn attempt(
        &self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        attempt: u32,
        access: &mut Access,
    ) -> Result<(), Failure> {
        if handler.params.iter().any(|uses| matches!(uses, Uses::Connection(_))) {
            access.flush().await.map_err(Error::new)?;
        }
        let deadline = clock::deadline(self.spec.options.transaction_time);
        // Most handlers of projectors ask nobody, and what their messages would inherit is not free. Interceptors add to it.
        let asks = handler.params.iter().any(|uses| matches!(uses, Uses::Queries(_) | Uses::Commands(_)))
            || !self.spec.environment.interceptors.is_empty();
        let scope = asks.then(|| self.scope(event, self.spec.seed(event.message.id), deadline));
        let incoming = incoming(event);
        let mut invocation: Invocation<'_> = self.spec.invocation(&incoming, scope.as_ref());
        invocation.access = AccessSlot::Exclusive(access);
        invocation.replay = self.replay_status(event.position);
        interceptor::call(self.spec.called(handler, attempt), invocation, deadline).await?;
        Ok(())
    }
}

//! Projectors: a batch of events, their read models and the checkpoint in one transaction.

use tokio::time::Instant;

use super::{
    ConsumerTask,
    failure::{Failure, Interruption, is_fault_of_events},
    react::stream_key,
    spec::incoming,
};
use crate::{
    capability::Access,
    clock,
    component::HandlerMeta,
    error::Error,
    handler::{AccessSlot, Invocation, ReplayStatus, call_async},
    message::StoredEvent,
    store::{Claim, ConsumerTransaction, DeadEvent, LogMark, StoreError},
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
                for event in &events[..index] {
                    self.project_one(claim, event, None).await?;
                }
                self.project_one(claim, &events[index], Some(failure)).await?;
                Ok((&events[index]).into())
            }
            Batch::Refused(index) => {
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
                access = self.park(access, self.dead(event, &key, None, 0)).await?;
                parked.push(key);
            } else if let Some(handler) = self.handler(event)
                && let Err(failure) = self.attempt(handler, event, &mut access).await
            {
                return Ok(Batch::Failed(index, failure));
            }
            (done, last) = (event.into(), index);
            if began.elapsed() >= self.spec.options.batch_time {
                break;
            }
        }
        match self.commit(transaction(access)?, done).await {
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
                Some(handler) => self.attempt(handler, event, &mut access).await,
                None => Ok(()),
            };
            if let Err(failed) = attempted {
                // Whatever the attempt wrote is undone before anybody waits.
                drop(access);
                failure = Some(failed);
                continue;
            }
            match self.commit(transaction(access)?, event.into()).await {
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
        let access = self.begin(claim).await?;
        let parking = transaction(self.park(access, dead).await?)?;
        self.commit(parking, event.into()).await?;
        self.remember_parked(vec![key]);
        Ok(())
    }

    async fn begin(&self, claim: &Claim) -> Result<Access, Interruption> {
        let transaction = self.spec.environment.store.begin(claim).await?;
        Ok(Access::write(transaction, self.spec.views.clone()))
    }

    /// Puts an event aside in the transaction of an access.
    async fn park(&self, access: Access, dead: DeadEvent) -> Result<Access, Interruption> {
        let mut transaction = transaction(access)?;
        transaction.park(dead).await?;
        Ok(Access::write(transaction, self.spec.views.clone()))
    }

    fn handler(&self, event: &StoredEvent) -> Option<&'static HandlerMeta> {
        self.spec.handlers.get(&*event.message.name)?.living
    }

    async fn attempt(
        &self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        access: &mut Access,
    ) -> Result<(), Failure> {
        let deadline = clock::deadline(self.spec.options.transaction_time);
        let scope = self.spec.scope(event, self.spec.seed(event.message.id), deadline);
        let incoming = incoming(event);
        let mut invocation: Invocation<'_> = self.spec.invocation(&incoming, &scope);
        invocation.access = AccessSlot::Exclusive(access);
        if self.replay_until.is_some_and(|until| event.position <= until) {
            invocation.replay = ReplayStatus::Replaying;
        }
        call_async(handler.run, invocation, deadline).await?;
        Ok(())
    }
}

fn transaction(access: Access) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
    access.into_transaction().ok_or_else(|| StoreError::Failed {
        reason: "a projector's access has no transaction".to_owned(),
        source: None,
    })
}

//! Projectors: a batch of events, their read models and the checkpoint in one transaction.

use tokio::time::Instant;

use super::{
    ConsumerTask,
    failure::{Failure, Interruption},
    react::stream_key,
    spec::incoming,
};
use crate::{
    capability::Access,
    component::HandlerMeta,
    handler::{AccessSlot, Invocation, call_async},
    message::{Position, StoredEvent},
    store::{Claim, ConsumerTransaction, DeadEvent, StoreError},
};

/// How a batch ended.
enum Batch {
    /// Everything up to this position is saved.
    Saved(Position),
    /// The event of this index failed, and nothing is saved.
    Failed(usize),
}

impl ConsumerTask {
    /// Handles a batch in one transaction. When an event fails, the batch is undone and handled again event by event, up to
    /// the one that failed.
    pub(super) async fn project(
        &mut self,
        claim: &Claim,
        events: &[StoredEvent],
    ) -> Result<Position, Interruption> {
        match self.project_batch(claim, events).await? {
            Batch::Saved(position) => Ok(position),
            Batch::Failed(index) => {
                for event in &events[..=index] {
                    self.project_one(claim, event).await?;
                }
                Ok(events[index].position)
            }
        }
    }

    async fn project_batch(&mut self, claim: &Claim, events: &[StoredEvent]) -> Result<Batch, Interruption> {
        let began = Instant::now();
        let mut access = self.begin(claim).await?;
        let mut done = claim.checkpoint;
        let mut parked = Vec::new();
        for (index, event) in events.iter().enumerate() {
            let key = stream_key(event);
            if self.parked.contains(&key) {
                access = self.park(access, self.dead(event, &key, None, 0)).await?;
                parked.push(key);
            } else if let Some(handler) = self.handler(event)
                && self.attempt(handler, event, &mut access).await.is_err()
            {
                return Ok(Batch::Failed(index));
            }
            done = event.position;
            if began.elapsed() >= self.spec.options.batch_time {
                break;
            }
        }
        self.commit(transaction(access)?, done).await?;
        self.remember_parked(parked);
        Ok(Batch::Saved(done))
    }

    async fn project_one(&mut self, claim: &Claim, event: &StoredEvent) -> Result<(), Interruption> {
        let key = stream_key(event);
        let handler = self.handler(event).filter(|_| !self.parked.contains(&key));
        let mut dead = self.parked.contains(&key).then(|| self.dead(event, &key, None, 0));
        let mut attempt = 0;
        loop {
            let mut access = self.begin(claim).await?;
            if let Some(dead) = dead.take() {
                let parking = transaction(self.park(access, dead).await?)?;
                self.commit(parking, event.position).await?;
                self.remember_parked(vec![key]);
                return Ok(());
            }
            let Some(handler) = handler else {
                return Ok(transaction(access)?.commit(event.position).await?);
            };
            match self.attempt(handler, event, &mut access).await {
                Ok(()) => {
                    self.commit(transaction(access)?, event.position).await?;
                    if attempt > 0 {
                        self.cured();
                    }
                    return Ok(());
                }
                Err(failure) => {
                    // Whatever the attempt wrote is undone before anybody waits.
                    drop(access);
                    dead = self.after_failure(handler, event, &key, attempt, failure).await?;
                    attempt += 1;
                }
            }
        }
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
        let deadline = Instant::now() + self.spec.options.transaction_time;
        let scope = self.spec.scope(event, event.message.id, deadline);
        let incoming = incoming(event);
        let mut invocation: Invocation<'_> = self.spec.invocation(&incoming, &scope);
        invocation.access = AccessSlot::Exclusive(access);
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

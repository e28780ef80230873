//! Dead events of sagas: only those sagas go on under whose key the event was put aside.

use uuid::Uuid;

use super::{
    ConsumerTask,
    derived::saga_seed,
    failure::Interruption,
    life::{self, Change, Life, Timing},
    replay::{Failed, Revived},
    request::ReplayCause,
    saga::{Concerned, Looking},
    spec::incoming,
};
use crate::{
    clock,
    component::HandlerMeta,
    error::Error,
    handler::{Incoming, MessageRef},
    message::StoredEvent,
    registry::Lives,
    store::{Claim, DeadEvent, LogMark, SagaId},
};

/// How many dead events are read at once.
const PAGE: usize = 100;

impl ConsumerTask {
    /// The saga whose key this is, if it is that of one.
    pub(super) fn saga_of(&self, key: &str) -> Option<SagaId> {
        let id = key.strip_prefix(&*self.spec.sagas)?.strip_prefix(' ')?;
        let id = SagaId(Uuid::try_parse(id).ok()?);
        (life::key(&self.spec.sagas, id) == key).then_some(id)
    }

    /// Lets sagas go on, or start, with a dead event.
    pub(super) async fn relive(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        event: &StoredEvent,
        handlers: Lives,
    ) -> Result<Revived, Interruption> {
        if let Some(id) = self.saga_of(&dead.key)
            && self.spec.environment.store.load_saga(&self.spec.sagas, id).await?.is_none()
        {
            return self.move_on(claim, place, dead).await;
        }
        let mut changes = Vec::new();
        let (handler, lives) = match self.sagas_of(dead, event, handlers).await? {
            Ok(Concerned::Sagas(handler, lives)) => (handler, lives),
            Ok(Concerned::Parked(key)) => {
                changes.push(Change::Park(self.dead(event, &key, None, 0)));
                return self.save_relived(claim, place, dead, changes).await;
            }
            Ok(Concerned::Unmatched(association, value)) => {
                changes.extend(self.unmatched(event, association, value)?);
                return self.save_relived(claim, place, dead, changes).await;
            }
            Ok(Concerned::BegunAlready | Concerned::Nobody) => {
                return self.save_relived(claim, place, dead, changes).await;
            }
            Err(failed) => return Ok(Err(failed)),
        };
        for life in lives {
            match self.queue_of(&life) {
                // It waits for something else, too, which came first.
                Some(key) if key != dead.key => {
                    changes.push(Change::Park(self.dead(event, &key, None, 0)));
                }
                _ => match self.go_on_once(handler, dead, event, &life).await? {
                    Ok(change) => changes.extend(change),
                    Err(failed) => return Ok(Err(failed)),
                },
            }
        }
        self.save_relived(claim, place, dead, changes).await
    }

    /// Whom a dead event concerns under its key.
    async fn sagas_of(
        &self,
        dead: &DeadEvent,
        event: &StoredEvent,
        handlers: Lives,
    ) -> Result<Result<Concerned, Failed>, Interruption> {
        let Some(id) = self.saga_of(&dead.key) else {
            return match self.concerned(handlers, event, Some(&dead.key)).await {
                Ok(concerned) => Ok(Ok(concerned)),
                Err(Looking::Undecodable(_, error)) => {
                    Ok(Err(Failed::new(ReplayCause::Undecodable, format!("{error:#}"))))
                }
                Err(Looking::Store(error)) => Err(error.into()),
            };
        };
        let Some(living) = handlers.living else {
            let (saga, name) = (self.spec.meta.name, &event.message.name);
            let error = format!("no handler of saga `{saga}` goes on with the event `{name}` any more");
            return Ok(Err(Failed::new(ReplayCause::NoHandler, error)));
        };
        let record = self.spec.environment.store.load_saga(&self.spec.sagas, id).await?;
        let lives = record.map(|record| Life::of(&self.spec.sagas, record)).into_iter().collect();
        Ok(Ok(Concerned::Sagas(living, lives)))
    }

    /// Puts what waits for a saga that has ended where it would be put if it came now, behind what it has to wait for then: all of
    /// it at once, so that nothing overtakes it.
    async fn move_on(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
    ) -> Result<Revived, Interruption> {
        let store = self.spec.environment.store.clone();
        let (mut moves, mut after) = (Vec::new(), None);
        loop {
            let page = store.find_dead_events(&self.spec.id, Some(&dead.key), after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.place());
            for waiting in page {
                let changes = self.waits_now(&waiting).await?;
                moves.push((waiting, changes));
            }
        }
        let mut transaction = self.open(claim).await?;
        for (waiting, changes) in &moves {
            if let Some((_, error)) = self.write(&mut *transaction, changes).await? {
                return Failed::refused(error).map(Err);
            }
            transaction.unpark(&waiting.place()).await?;
        }
        self.commit(transaction, place).await?;
        for (waiting, changes) in &moves {
            self.brought_back(&waiting.key, true);
            self.saved(changes);
        }
        let is_moved = |(_, changes): &(DeadEvent, Vec<Change>)| {
            changes.iter().any(|change| matches!(change, Change::Park(_)))
        };
        if moves.iter().any(is_moved) {
            let error = "its saga has ended; what it waits for now has another key, which is to be replayed";
            return Ok(Err(Failed::new(ReplayCause::Moved, error)));
        }
        Ok(Ok(()))
    }

    /// Where a dead event is put whose saga has ended.
    async fn waits_now(&mut self, dead: &DeadEvent) -> Result<Vec<Change>, Interruption> {
        if dead.timer.is_some() {
            return Ok(Vec::new());
        }
        let under = |key: String| Change::Park(DeadEvent { key, ..dead.clone() });
        let alone = || vec![under(format!("event {}", dead.position))];
        let Some(event) = self.read_event(dead.position).await? else { return Ok(alone()) };
        let Some(handlers) = self.spec.handlers.get(&*event.message.name).copied() else {
            return Ok(alone());
        };
        match self.concerned(handlers, &event, None).await {
            Ok(Concerned::Sagas(_, lives)) => {
                // Those that were there when it came have handled it.
                let others = lives.iter().filter(|life| life.last_event() < event.position);
                Ok(others
                    .map(|life| under(self.queue_of(life).unwrap_or_else(|| life.key.clone())))
                    .collect())
            }
            Ok(Concerned::Parked(key)) => Ok(vec![under(key)]),
            Ok(Concerned::Unmatched(association, value)) => {
                Ok(self.unmatched(&event, association, value)?.into_iter().collect())
            }
            Ok(Concerned::BegunAlready | Concerned::Nobody) => Ok(Vec::new()),
            Err(Looking::Undecodable(..)) => Ok(alone()),
            Err(Looking::Store(error)) => Err(error.into()),
        }
    }

    async fn go_on_once(
        &mut self,
        handler: &'static HandlerMeta,
        dead: &DeadEvent,
        event: &StoredEvent,
        life: &Life,
    ) -> Result<Result<Option<Change>, Failed>, Interruption> {
        let seed = saga_seed(self.spec.seed(event.message.id), life.id);
        let deadline = clock::deadline(self.spec.options.handler_time);
        let scope = self.scope(event, seed, deadline);
        let called = self.spec.called(handler, dead.attempts);
        let last_event = life.last_event().max(event.position);
        match self.live(called, &incoming(event), &scope, life, last_event).await {
            Ok(change) => Ok(Ok(change)),
            Err(failure) => {
                self.forget_rejections(seed).await?;
                Failed::of(failure).map(Err)
            }
        }
    }

    /// Lets a saga handle a deadline that was put aside.
    pub(super) async fn revive_deadline(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        key: &str,
    ) -> Result<Revived, Interruption> {
        let store = self.spec.environment.store.clone();
        let (mut record, mut timer) = (None, None);
        if let Some(id) = self.saga_of(&dead.key) {
            record = store.load_saga(&self.spec.sagas, id).await?;
            let timers = store.timers_of(&self.spec.sagas, id).await?;
            timer = timers.into_iter().find(|timer| timer.key == key);
        }
        let Some((record, timer)) = record.zip(timer) else {
            // Nobody is left who could wait for it.
            return self.save_relived(claim, place, dead, Vec::new()).await;
        };
        let name = &timer.message.name;
        let Some(handler) = self.spec.deadlines.get(&**name).copied() else {
            let error = self.no_deadline_handler(name);
            return Ok(Err(Failed::new(ReplayCause::NoHandler, format!("deadline `{name}`: {error}"))));
        };
        let life = Life::of(&self.spec.sagas, record);
        let seed = saga_seed(self.spec.seed(timer.message.id), life.id);
        let scope = self.scope_of(&timer, seed);
        let incoming = Incoming::new(MessageRef::Deadline(&timer.message));
        let called = self.spec.called(handler, dead.attempts);
        let mut change = match self.live(called, &incoming, &scope, &life, life.last_event()).await {
            Ok(change) => change.unwrap_or(Change::End { id: life.id }),
            Err(failure) => {
                self.forget_rejections(seed).await?;
                let failed = Failed::of(failure)?;
                return Ok(Err(Failed::new(failed.cause, format!("deadline `{name}`: {}", failed.error))));
            }
        };
        if let Change::Put { timers, .. } = &mut change {
            // First, so that a handler can schedule the same again.
            timers.insert(0, Timing::Delete(timer.key.clone()));
        }
        self.save_relived(claim, place, dead, vec![change]).await
    }

    /// Saves what a dead event has changed, and takes it off the list.
    async fn save_relived(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        changes: Vec<Change>,
    ) -> Result<Revived, Interruption> {
        let mut transaction = self.open(claim).await?;
        if let Some((_, error)) = self.write(&mut *transaction, &changes).await? {
            let error = format!("it cannot be saved: {:#}", Error::new(error));
            return Ok(Err(Failed::new(ReplayCause::Handler, error)));
        }
        let revived = self.bring_back(transaction, place, dead).await?;
        if revived.is_ok() {
            self.saved(&changes);
        }
        Ok(revived)
    }
}

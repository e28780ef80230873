//! Deadlines of sagas: those that are due are handled between batches of events, in the order in which they are due.
//!
//! A deadline is due once everything was handled that was in the log before it: when the consumer has read up to the head
//! at that time or later, or has handled an event that is not older. So an event that came in time is never overtaken by the
//! deadline that waits for it, however late a process starts.
//!
//! Only the owner of the consumer changes the timers of its sagas, so what it has seen of them stays true until it changes
//! them itself.

use std::{
    collections::HashSet,
    future::{Future, pending, ready},
};

use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use super::{
    ConsumerTask,
    derived::saga_seed,
    failure::Interruption,
    life::{self, Change, Life, Timing},
};
use crate::{
    capability::Scope,
    clock,
    component::{ComponentKind, HandlerMeta},
    error::Error,
    handler::{Incoming, MessageRef},
    message::{MessageId, Timestamp},
    store::{Claim, DeadEvent, LogMark, TimerRecord},
};

/// How many timers are read at once.
const PAGE: usize = 100;

/// What the owner of a consumer knows of its timers.
#[derive(Default)]
pub(super) struct TimerWatch(Option<Seen>);

/// What it has seen.
struct Seen {
    /// When the next one is due that waits for nothing but its time. What waits behind something that was put aside is looked at
    /// when that is gone.
    next: Option<Timestamp>,
}

impl TimerWatch {
    /// The timers may have changed.
    pub(super) fn look_again(&mut self) {
        self.0 = None;
    }

    fn may_be_due(&self, until: Timestamp) -> bool {
        let due = |seen: &Seen| seen.next.is_some_and(|next| next <= until);
        self.0.as_ref().is_none_or(due)
    }
}

/// How a look at the timers ended.
enum Look {
    /// Nothing is left that could be handled now.
    Done(Seen),
    /// Something was handled, and may have changed what there is.
    Changed,
    /// It took long enough.
    OutOfTime,
}

/// The time up to which deadlines are due, when the clock showed `looked` before the log was read, the last event that was handled
/// is of the time `last_at`, and there was either that or nothing more.
pub(super) fn due_until(looked: Timestamp, last_at: Option<Timestamp>, caught_up: bool) -> Timestamp {
    match last_at {
        Some(at) => at.min(looked),
        None if caught_up => looked,
        None => Timestamp::from_millis(i64::MIN),
    }
}

impl ConsumerTask {
    /// Handles the deadlines that are due at a time, for as long as a transaction may take. Returns whether there were any, in
    /// which case the checkpoint is at `place`.
    pub(super) async fn fire_due(
        &mut self,
        claim: &Claim,
        place: LogMark,
        until: Timestamp,
    ) -> Result<bool, Interruption> {
        if self.spec.meta.kind != ComponentKind::Saga {
            return Ok(false);
        }
        let (began, mut fired) = (Instant::now(), false);
        while self.timers.may_be_due(until) {
            self.timers.look_again();
            match self.fire_once(claim, place, until, began).await? {
                Look::Done(seen) => {
                    self.timers.0 = Some(seen);
                    break;
                }
                Look::Changed => fired = true,
                Look::OutOfTime => return Ok(true),
            }
        }
        Ok(fired)
    }

    /// Looks at all timers that are due, in their order, and handles at most one of each saga: what that changes of the others
    /// is seen by the next look.
    async fn fire_once(
        &mut self,
        claim: &Claim,
        place: LogMark,
        until: Timestamp,
        began: Instant,
    ) -> Result<Look, Interruption> {
        let store = self.spec.environment.store.clone();
        let (mut after, mut touched, mut waiting) = (None, HashSet::new(), HashSet::new());
        let mut seen = Seen { next: None };
        loop {
            let page = store.timers(&self.spec.sagas, after.as_ref(), PAGE).await?;
            after = page.last().map(TimerRecord::place);
            let is_end = page.len() < PAGE;
            for timer in page {
                if self.parked.contains(&life::key(&self.spec.sagas, timer.saga_id)) {
                    continue;
                }
                if timer.message.due > until {
                    seen.next = Some(timer.message.due);
                    return Ok(if touched.is_empty() { Look::Done(seen) } else { Look::Changed });
                }
                let saga_id = timer.saga_id;
                if waiting.contains(&saga_id) || !touched.insert(saga_id) {
                    continue;
                }
                let span = debug_span!("deadline", saga = %self.spec.name, deadline = %timer.message.name);
                if !self.fire(claim, place, timer).instrument(span).await? {
                    touched.remove(&saga_id);
                    waiting.insert(saga_id);
                    continue;
                }
                if began.elapsed() >= self.spec.options.batch_time || self.stopping() {
                    return Ok(Look::OutOfTime);
                }
            }
            if is_end {
                return Ok(if touched.is_empty() { Look::Done(seen) } else { Look::Changed });
            }
        }
    }

    /// Lets a saga handle its deadline, and saves what that changes, together with the end of the timer. Returns whether that was
    /// done: not when the saga waits behind the start of another one that failed.
    async fn fire(
        &mut self,
        claim: &Claim,
        place: LogMark,
        timer: TimerRecord,
    ) -> Result<bool, Interruption> {
        let store = self.spec.environment.store.clone();
        let Some(record) = store.load_saga(&timer.saga, timer.saga_id).await? else {
            // Nobody is left who could wait for it.
            let mut transaction = self.open(claim).await?;
            transaction.delete_timer(&timer.saga, timer.saga_id, &timer.key).await?;
            self.commit(transaction, place).await?;
            return Ok(true);
        };
        let life = Life::of(&self.spec.sagas, record);
        if self.queue_of(&life).is_some() {
            return Ok(false);
        }
        let mut change = match self.spec.deadlines.get(&*timer.message.name).copied() {
            Some(handler) => self.come_due(handler, &timer, &life, place).await?,
            None => {
                let error = self.no_deadline_handler(&timer.message.name);
                self.may_park(&life.key, &error)?;
                tracing::error!(consumer = %self.spec.id, error, "a deadline cannot be handled and is put aside");
                self.event_failed(place.position, None, &Error::msg(error.clone()));
                self.event_parked();
                Change::Park(self.dead_timer(&timer, &life, place, error, 0))
            }
        };
        if let Change::Put { timers, .. } = &mut change {
            // First, so that a handler can schedule the same again.
            timers.insert(0, Timing::Delete(timer.key.clone()));
        }
        self.save(claim, place, vec![change], Some(&timer.key)).await?;
        Ok(true)
    }

    pub(super) fn no_deadline_handler(&self, deadline: &str) -> String {
        let saga = self.spec.meta.name;
        format!(
            "no handler of saga `{saga}` takes the deadline `{deadline}`: write one, or give the deadline that took its place `alias = \"{deadline}\"`"
        )
    }

    /// Calls the handler of a deadline until it succeeds, or is given up.
    async fn come_due(
        &mut self,
        handler: &'static HandlerMeta,
        timer: &TimerRecord,
        life: &Life,
        place: LogMark,
    ) -> Result<Change, Interruption> {
        let message = &timer.message;
        let seed = saga_seed(self.spec.seed(message.id), life.id);
        let mut attempt = 0;
        loop {
            let mut scope = self.scope_of(timer, seed);
            scope.suppresses = self.suppresses_deadlines(place.position);
            let incoming = Incoming::new(MessageRef::Deadline(message));
            match self
                .live(self.spec.called(handler, attempt), &incoming, &scope, life, life.last_event())
                .await
            {
                Ok(change) => {
                    self.events_succeeded(place.position);
                    return Ok(change.unwrap_or(Change::End { id: life.id }));
                }
                Err(failure) => {
                    // What was rejected in an attempt that failed is asked anew by the next one, whenever that is.
                    self.forget_rejections(seed).await?;
                    let at = (place.position, None);
                    let given_up = self.again_or_give_up(handler, at, &life.key, attempt, failure).await?;
                    attempt += 1;
                    if let Some(error) = given_up {
                        return Ok(Change::Park(self.dead_timer(timer, life, place, error, attempt)));
                    }
                }
            }
        }
    }

    /// On whose behalf a deadline's handler acts: what it sends inherits from what scheduled it.
    pub(super) fn scope_of(&self, timer: &TimerRecord, seed: MessageId) -> Scope {
        let message = &timer.message;
        let mut scope = Scope::new(self.spec.bus.clone(), seed, message.id, message.correlation_id);
        scope.metadata = message.metadata.clone();
        scope.context = message.context.clone();
        scope.deadline = Some(clock::deadline(self.spec.options.handler_time));
        scope
    }

    /// A deadline that is put aside. Its timer stays where it is, behind the key of the saga.
    fn dead_timer(
        &self,
        timer: &TimerRecord,
        life: &Life,
        place: LogMark,
        error: String,
        attempts: u32,
    ) -> DeadEvent {
        let at = self.spec.environment.clock.now();
        DeadEvent {
            consumer: self.spec.id.clone(),
            position: place.position,
            timer: Some(timer.key.clone()),
            key: life.key.clone(),
            error: Some(format!("deadline `{}`: {error}", timer.message.name)),
            attempts,
            first_at: at,
            at,
        }
    }

    /// Waits until the next deadline is due, by the application's clock; for ever when none is.
    pub(super) fn next_deadline(&self) -> impl Future<Output = ()> + use<> {
        let clock = self.spec.environment.clock.clone();
        let is_saga = self.spec.meta.kind == ComponentKind::Saga;
        let next = self.timers.0.as_ref().map(|seen| seen.next);
        async move {
            match next {
                Some(Some(due)) => clock.sleep_until(due).await,
                None if is_saga => ready(()).await,
                Some(None) | None => pending().await,
            }
        }
    }
}

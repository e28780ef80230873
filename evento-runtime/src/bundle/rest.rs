//! Whether an application is at rest: whether everything that was sent has had all its consequences.

use std::{collections::HashSet, time::Duration};

use super::App;
use crate::{
    consumer::{ConsumerState, ConsumerStatus, saga_key, saga_start_keys},
    message::{Position, Timestamp},
    store::{ConsumerId, DeadEvent, LogQuery, StoreError, TimerPlace, TimerRecord},
};

/// How many timers, or dead events, are read at once, and how many deadlines that are due are told.
const PAGE: usize = 100;

/// A look at an application.
pub(crate) struct Rest {
    /// The head of the log.
    pub(crate) head: Position,
    /// What has come to the store since the look began.
    moved: bool,
    /// How many messages from outside are in flight.
    pub(crate) in_flight: usize,
    /// The consumers that have something to do.
    pub(crate) restless: Vec<Restless>,
    /// The deadlines that are due.
    pub(crate) due: Vec<TimerRecord>,
}

/// A consumer that has something to do.
pub(crate) struct Restless {
    pub(crate) status: ConsumerStatus,
    /// Whether it does nothing of that until somebody lets it go on.
    is_stuck: bool,
}

impl Rest {
    /// Whether there is nothing to do.
    pub(crate) fn is_complete(&self) -> bool {
        !self.moved && self.in_flight == 0 && self.restless.is_empty() && self.due.is_empty()
    }

    /// Whether it will not be complete by itself, however long others go on.
    pub(crate) fn is_stuck(&self) -> bool {
        self.restless.iter().any(|one| one.is_stuck)
    }

    /// What keeps it from being complete: those who are stuck, or everybody when nobody is.
    pub(crate) fn obstacles(mut self) -> Self {
        if self.is_stuck() {
            self.restless.retain(|one| one.is_stuck);
            let stuck: Vec<_> = self.restless.iter().map(|one| one.status.consumer.to_string()).collect();
            self.due.retain(|timer| stuck.iter().any(|consumer| *consumer == timer.saga));
        }
        self
    }
}

impl App {
    /// Looks whether there is anything to do, but for some consumers.
    pub(crate) async fn rest(&self, except: &[ConsumerId]) -> Result<Rest, StoreError> {
        // In this order: what is in flight appends, what is in the log is handled, what handles it may schedule and append.
        let in_flight = self.gateway.in_flight();
        let store = &self.environment.store;
        let head = store.head().await?;
        let status = self.observe().await?;
        let records = store.consumers().await?;
        let is_paused =
            |id: &ConsumerId| records.iter().any(|record| record.consumer == *id && record.paused);
        let (mut restless, mut due) = (Vec::new(), Vec::new());
        for status in status.into_iter().filter(|status| !except.contains(&status.consumer)) {
            let due_here = self.due(&status).await?;
            let is_at_head = status.position >= head && status.state == ConsumerState::Running;
            let is_paused = is_paused(&status.consumer) && status.state == ConsumerState::Paused;
            let is_done = is_at_head || (is_paused && status.position >= head && due_here.is_empty());
            if !is_done || status.replaying {
                // One that is paused replays what was put aside all the same.
                restless.push(Restless { is_stuck: is_paused && !status.replaying, status });
            }
            due.extend(due_here);
        }
        let moved = store.head().await? != head;
        Ok(Rest { head, moved, in_flight, restless, due })
    }

    /// The first deadlines of a consumer that are due now, but for those that wait behind something that was put aside.
    async fn due(&self, status: &ConsumerStatus) -> Result<Vec<TimerRecord>, StoreError> {
        let (now, mut due, mut after) = (self.environment.clock.now(), Vec::new(), None);
        // A saga's consumer is shown by the name under which its sagas are kept.
        let saga = status.consumer.to_string();
        if !self.sagas.known.iter().any(|known| *known.saga == saga) {
            return Ok(due);
        }
        let parked =
            if status.parked > 0 { self.parked_keys(&status.consumer).await? } else { HashSet::new() };
        loop {
            let page = self.environment.store.timers(&saga, after.as_ref(), PAGE).await?;
            let last = page.last();
            let is_end = page.len() < PAGE || last.is_some_and(|timer| timer.message.due > now);
            after = last.map(TimerRecord::place);
            for timer in page.into_iter().take_while(|timer| timer.message.due <= now) {
                if !self.waits(&saga, &timer, &parked).await? {
                    due.push(timer);
                }
            }
            if is_end || due.len() >= PAGE {
                return Ok(due);
            }
        }
    }

    /// The keys under which a consumer has put something aside.
    async fn parked_keys(&self, consumer: &ConsumerId) -> Result<HashSet<String>, StoreError> {
        let (mut keys, mut after) = (HashSet::new(), None);
        loop {
            let store = &self.environment.store;
            let page = store.find_dead_events(consumer, None, after.as_ref(), PAGE).await?;
            let is_end = page.len() < PAGE;
            after = page.last().map(DeadEvent::place);
            keys.extend(page.into_iter().map(|dead| dead.key));
            if is_end {
                return Ok(keys);
            }
        }
    }

    /// Whether a deadline waits behind what its saga has put aside, or behind the start of another one that would have found it.
    async fn waits(
        &self,
        saga: &str,
        timer: &TimerRecord,
        parked: &HashSet<String>,
    ) -> Result<bool, StoreError> {
        if parked.is_empty() {
            return Ok(false);
        }
        if parked.contains(&saga_key(saga, timer.saga_id)) {
            return Ok(true);
        }
        let record = self.environment.store.load_saga(saga, timer.saga_id).await?;
        Ok(record.is_some_and(|record| saga_start_keys(saga, &record).any(|key| parked.contains(&key))))
    }

    /// When the next deadline is due behind a time.
    pub(crate) async fn next_deadline(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let place = TimerPlace { due: after + Duration::from_millis(1), ..TimerPlace::first() };
        let mut next: Option<Timestamp> = None;
        for known in &self.sagas.known {
            let timers = self.environment.store.timers(&known.saga, Some(&place), 1).await?;
            let due = timers.first().map(|timer| timer.message.due);
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// The first event behind a position that one of these handlers takes.
    pub(crate) async fn next_event(
        &self,
        consumer: &ConsumerId,
        after: Position,
    ) -> Result<Option<(Position, String)>, StoreError> {
        let Some(running) = self.consumers.iter().find(|running| running.id == *consumer) else {
            return Ok(None);
        };
        let query = LogQuery {
            after: after.into(),
            max_events: 1,
            filter: running.filter.clone(),
            ..LogQuery::default()
        };
        let page = self.environment.store.read_log(&query).await?;
        Ok(page.events.first().map(|event| (event.position, event.message.name.clone().into_owned())))
    }
}

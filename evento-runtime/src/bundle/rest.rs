//! Whether an application is at rest: whether everything that was sent has had all its consequences.

use std::time::Duration;

use super::App;
use crate::{
    consumer::{ConsumerState, ConsumerStatus},
    message::{Position, Timestamp},
    store::{ConsumerId, LogQuery, StoreError, TimerPlace, TimerRecord},
};

/// How many timers are looked at.
const TIMERS: usize = 100;

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
    /// Whether it does nothing until somebody lets it go on.
    pub(crate) is_paused: bool,
}

impl Rest {
    /// Whether there is nothing to do.
    pub(crate) fn is_complete(&self) -> bool {
        !self.moved && self.in_flight == 0 && self.restless.is_empty() && self.due.is_empty()
    }

    /// Whether nothing gets on by itself.
    pub(crate) fn is_stuck(&self) -> bool {
        let is_paused = !self.restless.is_empty() && self.restless.iter().all(|one| one.is_paused);
        !self.moved && self.in_flight == 0 && is_paused && self.due.is_empty()
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
        let (mut restless, mut waiting) = (Vec::new(), Vec::new());
        for status in status {
            if except.contains(&status.consumer) || status.parked > 0 {
                waiting.push(status.consumer.clone());
            }
            let is_at_head = status.position >= head && status.state == ConsumerState::Running;
            let is_paused = is_paused(&status.consumer) && status.state == ConsumerState::Paused;
            let is_done = is_at_head || (is_paused && status.position >= head);
            if !except.contains(&status.consumer) && (!is_done || status.replaying) {
                restless.push(Restless { status, is_paused });
            }
        }
        let due = self.due(&waiting).await?;
        let moved = store.head().await? != head;
        Ok(Rest { head, moved, in_flight, restless, due })
    }

    /// The deadlines that are due now, but for those of consumers that may leave them where they are.
    async fn due(&self, waiting: &[ConsumerId]) -> Result<Vec<TimerRecord>, StoreError> {
        let now = self.environment.clock.now();
        let mut due = Vec::new();
        for known in &self.sagas.known {
            // A saga's consumer is shown by the name under which its sagas are kept.
            if waiting.iter().any(|consumer| consumer.to_string() == *known.saga) {
                continue;
            }
            let timers = self.environment.store.timers(&known.saga, None, TIMERS).await?;
            due.extend(timers.into_iter().take_while(|timer| timer.message.due <= now));
        }
        Ok(due)
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

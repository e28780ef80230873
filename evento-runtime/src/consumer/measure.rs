//! What is counted and measured of a consumer.

use super::ConsumerTask;
use crate::message::{Position, StoredEvent, Timestamp};

impl ConsumerTask {
    /// These events are about to be delivered; each is counted when the checkpoint has passed it.
    pub(super) fn count_on(&mut self, events: &[StoredEvent]) {
        self.delivering.clear();
        self.delivering.extend(events.iter().map(|event| event.position));
    }

    /// The checkpoint is at this position.
    pub(super) fn count_done(&mut self, checkpoint: Position) {
        let mut done = 0;
        while self.delivering.pop_front_if(|position| *position <= checkpoint).is_some() {
            done += 1;
        }
        if done > 0 {
            self.metrics.done(done);
        }
    }

    /// The consumer is at a position, and has just handled an event of this time, if it is not at the head of the log.
    pub(super) fn tell_lag(&self, position: Position, last_at: Option<Timestamp>) {
        let environment = &self.spec.environment;
        // What the store tells of its head may be late, as an idle consumer is, which looks at the same time.
        let behind = environment.store.watch_head().borrow().0.saturating_sub(position.0);
        let age = last_at.filter(|_| behind > 0).map(|at| environment.clock.now().since(at));
        self.metrics.lag(behind, age.unwrap_or_default());
    }
}

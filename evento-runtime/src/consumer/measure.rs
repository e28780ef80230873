//! What is counted and measured of a consumer.

use super::ConsumerTask;
use crate::message::{Position, StoredEvent};

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

    /// The consumer is at a position, and at this event, if it is not at the head of the log.
    pub(super) fn tell_lag(&self, position: Position, last: Option<&StoredEvent>) {
        let environment = &self.spec.environment;
        // What the store tells of its head may be late, as an idle consumer is, which looks at the same time.
        let behind = environment.store.watch_head().borrow().0.saturating_sub(position.0);
        let age =
            last.filter(|_| behind > 0).map(|event| environment.clock.now().since(event.message.timestamp));
        self.metrics.lag(behind, age.unwrap_or_default());
    }
}

//! What is counted and measured of a consumer.

use super::ConsumerTask;
use crate::message::{Position, Timestamp};

impl ConsumerTask {
    /// The checkpoint is at this position.
    pub(super) fn count_done(&mut self, checkpoint: Position) {
        let done = self.tally.pass(checkpoint);
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

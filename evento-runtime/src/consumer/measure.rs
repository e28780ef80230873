//! What is counted and measured of a consumer.

use std::time::Duration;

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

    /// The consumer does not get on, with everything done up to a position, at an event of this time if that is known.
    pub(super) fn tell_stuck(&self, done: Position, at: Option<Timestamp>) {
        let environment = &self.spec.environment;
        let behind = environment.store.watch_head().borrow().0.saturating_sub(done.0);
        self.metrics.lag_events(behind);
        if let Some(at) = at.filter(|_| behind > 0) {
            self.metrics.lag_age(environment.clock.now().since(at));
        }
    }

    /// Somebody else tells how far the consumer is.
    pub(super) fn tell_no_lag(&self) {
        self.metrics.lag(0, Duration::ZERO);
    }
}

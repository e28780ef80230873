//! How fast a consumer gets on.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use crate::message::Position;

/// Over how long is measured, and how far the points are apart.
const WINDOW: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(500);

/// Where a consumer was during the last seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace(VecDeque<(Instant, Position)>);

impl Pace {
    /// Notes where the consumer is.
    pub(super) fn note(&mut self, position: Position) {
        self.note_at(Instant::now(), position);
    }

    /// Events of the log in a second, up to now.
    pub(crate) fn rate(&self) -> f64 {
        self.rate_at(Instant::now())
    }

    fn note_at(&mut self, now: Instant, position: Position) {
        if self.0.back().is_some_and(|(_, last)| *last > position) {
            self.0.clear();
        }
        // The last point follows the consumer until it is a step from the one before.
        let last = self.0.len().checked_sub(2).and_then(|before| self.0.get(before));
        if last.is_some_and(|(at, _)| now.duration_since(*at) < STEP) {
            self.0.pop_back();
        }
        self.0.push_back((now, position));
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) && self.0.len() > 2 {
            self.0.pop_front();
        }
    }

    fn rate_at(&self, now: Instant) -> f64 {
        let mut recent = self.0.iter().filter(|(at, _)| now.duration_since(*at) <= WINDOW);
        let (Some((since, from)), Some((_, to))) = (recent.next(), self.0.back()) else { return 0.0 };
        let time = now.duration_since(*since).as_secs_f64().max(STEP.as_secs_f64());
        to.0.saturating_sub(from.0) as f64 / time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_seconds() {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        assert!(pace.rate_at(now) < f64::EPSILON);
        for step in 0..200 {
            pace.note_at(now, Position(step * 10));
            now += Duration::from_millis(100);
        }
        let rate = pace.rate_at(now);
        assert!((90.0..110.0).contains(&rate), "100 events in a second, not {rate}");
        assert!(pace.0.len() < 30, "{} points are kept", pace.0.len());
        now += WINDOW * 2;
        assert!(pace.rate_at(now) < f64::EPSILON, "nothing happened for long");
        pace.note_at(now, Position(0));
        assert!(pace.rate_at(now) < f64::EPSILON, "it was put back");
    }
}

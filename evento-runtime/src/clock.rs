//! Where time and identities come from. Both are injected, so that tests decide what they are.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_core::future::BoxFuture;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

use crate::message::Timestamp;

/// How long a clock that does not say otherwise is trusted to go on as it does: that of a computer can be set.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Tells the time that messages are stamped with, and when deadlines are due.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Waits until the clock shows this time or a later one. A clock that does not go on by itself must wake those who wait
    /// when it is moved; without that, they look at it again once a second.
    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = time.since(self.now());
                if left.is_zero() {
                    return;
                }
                sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// Gives the identities of new messages.
pub trait IdSource: Send + Sync + 'static {
    /// An identity that was never given before.
    fn next(&self) -> Uuid;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Timestamp::from_millis(millis)
    }
}

/// A clock that stands still until somebody moves it, for tests: deadlines are due when it says so, and no test sleeps. The
/// clones are one clock.
///
/// ```
/// use std::time::Duration;
/// use evento_runtime::{clock::{Clock, ManualClock}, message::Timestamp};
///
/// let clock = ManualClock::at(Timestamp::from_millis(1_000));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().as_millis(), 61_000);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(watch::Sender::new(time))
    }

    /// Moves the clock on, and wakes those who have waited for long enough.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = *now + by);
    }

    /// Sets the clock, to an earlier time too.
    pub fn set(&self, time: Timestamp) {
        self.0.send_replace(time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, time: Timestamp) -> BoxFuture<'_, ()> {
        let mut shown = self.0.subscribe();
        Box::pin(async move {
            // The sender is part of this clock, which is borrowed as long as anybody waits.
            let _ = shown.wait_for(|now| *now >= time).await;
        })
    }
}

/// Identities that sort by time (UUID version 7, RFC 9562).
#[derive(Clone, Copy, Debug, Default)]
pub struct TimeOrderedIds;

impl IdSource for TimeOrderedIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Longer than any program runs, and short enough to be added to any time.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// The moment when a time from now on is over. However long it is, there is such a moment.
pub(crate) fn deadline(within: Duration) -> Instant {
    Instant::now() + within.min(FAR)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_clock_that_is_moved_wakes_those_who_wait() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        clock.sleep_until(Timestamp::from_millis(-1)).await;
        let waiting = clock.clone();
        let waiting = tokio::spawn(async move { waiting.sleep_until(Timestamp::from_millis(60_000)).await });
        clock.advance(Duration::from_millis(59_999));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "it is too early");
        clock.advance(Duration::from_millis(1));
        waiting.await.expect("it was woken");
    }

    #[tokio::test]
    async fn a_clock_that_only_tells_the_time_is_looked_at_again() {
        /// A millisecond passes with each look.
        struct Paced(AtomicI64);
        impl Clock for Paced {
            fn now(&self) -> Timestamp {
                Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
            }
        }
        let clock = Paced(AtomicI64::new(0));
        clock.sleep_until(Timestamp::from_millis(5)).await;
        assert!(clock.now().as_millis() > 5);
    }
}

//! Where time and identities come from. Both are injected, so that tests decide what they are.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use uuid::Uuid;

use crate::message::Timestamp;

/// Tells the time that messages are stamped with.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
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

//! How late an event is heard, told by the clock of the machine, which all of its processes share.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use crate::Sample;

/// How long it is quiet between two events.
pub const QUIET: Duration = Duration::from_millis(10);
/// The first events are not measured: connections are made and statements are prepared.
pub const WARM_UP: usize = 20;
/// How long to wait for an event before giving up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time in nanoseconds, the same for all processes.
#[must_use]
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// What was heard so far.
#[derive(Default)]
pub struct Heard {
    times: Mutex<Vec<Duration>>,
    changed: Notify,
}

impl Heard {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { times: Mutex::new(Vec::new()), changed: Notify::const_new() }
    }

    /// An event that was sent at that time is heard now.
    pub fn hear(&self, sent: u64) {
        let late = Duration::from_nanos(now().saturating_sub(sent));
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push(late);
        self.changed.notify_one();
    }

    /// Waits until so many were heard.
    ///
    /// # Errors
    /// When one of them is not heard for half a minute.
    pub async fn wait_for(&self, count: usize) -> Result<()> {
        while self.times.lock().unwrap_or_else(PoisonError::into_inner).len() < count {
            timeout(PATIENCE, self.changed.notified()).await.context("an event was not heard")?;
        }
        Ok(())
    }

    /// How late they were, without those that are not measured.
    #[must_use]
    pub fn sample(&self, since: Instant) -> Sample {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times: Vec<_> = times.iter().skip(WARM_UP).copied().collect();
        Sample::new(times.len(), since.elapsed(), times)
    }
}

/// Waits until everything has come to rest.
pub async fn quiet() {
    sleep(QUIET).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_heard_is_counted() {
        let heard = Heard::new();
        let since = Instant::now();
        (0..=WARM_UP).for_each(|_| heard.hear(now()));
        heard.wait_for(WARM_UP + 1).await.unwrap();
        assert_eq!(heard.sample(since).done, 1);
    }
}

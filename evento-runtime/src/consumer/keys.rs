//! How many keys a consumer may put aside in a short time. When more fail, something is wrong that is no event's fault, and the
//! consumer pauses instead of putting the log aside.

use std::{collections::VecDeque, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

/// Too many keys have failed.
#[derive(Debug, Error)]
#[error(
    "{keys} keys were put aside within {within:?}, and `{next}` would be one more, because: {error}; the consumer has paused \
     itself before it: cure what is wrong, call `resume`, and replay its dead events"
)]
pub(super) struct TooManyKeys {
    keys: usize,
    within: Duration,
    next: String,
    error: String,
}

/// The keys that were put aside lately. The time is that of a clock which is never set.
pub(super) struct RecentKeys {
    limit: usize,
    within: Duration,
    recent: VecDeque<(Instant, String)>,
}

impl RecentKeys {
    pub(super) fn new(limit: usize, within: Duration) -> Self {
        Self { limit, within, recent: VecDeque::new() }
    }

    /// Makes room for a key that is about to be put aside because of an error; fails when there is none.
    pub(super) fn add(&mut self, key: &str, error: &str) -> Result<(), TooManyKeys> {
        self.add_at(Instant::now(), key, error)
    }

    /// Forgets all, once somebody has seen to it.
    pub(super) fn clear(&mut self) {
        self.recent.clear();
    }

    fn add_at(&mut self, now: Instant, key: &str, error: &str) -> Result<(), TooManyKeys> {
        while self.recent.pop_front_if(|(at, _)| now.duration_since(*at) >= self.within).is_some() {}
        if self.recent.iter().any(|(_, known)| known == key) {
            return Ok(());
        }
        if self.recent.len() >= self.limit {
            let (keys, within) = (self.recent.len(), self.within);
            return Err(TooManyKeys { keys, within, next: key.to_owned(), error: error.to_owned() });
        }
        self.recent.push_back((now, key.to_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_in_a_short_time_are_too_many() {
        let mut keys = RecentKeys::new(2, Duration::from_secs(60));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        keys.add_at(at(0), "a", "no").expect("the first");
        keys.add_at(at(10), "b", "no").expect("the second");
        keys.add_at(at(11), "a", "no").expect("one that is known");
        let error = keys.add_at(at(59), "c", "boom").expect_err("one too many");
        assert!(error.to_string().contains("`c`") && error.to_string().contains("boom"), "{error}");
        keys.add_at(at(60), "c", "no").expect("the first is long ago");
        keys.add_at(at(61), "d", "no").expect_err("one too many");
        keys.clear();
        keys.add_at(at(62), "d", "no").expect("they are forgotten");
        RecentKeys::new(0, Duration::ZERO).add("a", "no").expect_err("none is allowed");
    }
}

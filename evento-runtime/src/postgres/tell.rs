//! Telling other processes of heads.
//!
//! Each notification wakes a session of the server for every process that listens, this one included, and commits that notify
//! wait for one another. So the first append after a pause tells at once, and those that follow closely are told together.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::place::Place;
use crate::message::Position;

/// The time from one notification to the next, at least.
const PAUSE: Duration = Duration::from_millis(10);

/// Decides which appends tell.
pub(super) struct Telling {
    place: Arc<Place>,
    head: watch::Sender<Position>,
    debt: Mutex<Debt>,
}

#[derive(Default)]
struct Debt {
    told_at: Option<Instant>,
    /// Whether something was appended since, of which nobody was told.
    owed: bool,
    /// Whether there is a task that will tell of it.
    minded: bool,
}

/// When somebody is to be told of what is owed.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Never,
    At(Instant),
    Now,
}

impl Debt {
    /// Whether an append that begins now is to tell. One that is not to is owed.
    fn begin(&mut self, now: Instant) -> bool {
        let tells = self.told_at.is_none_or(|told_at| now.duration_since(told_at) >= PAUSE);
        self.owed |= !tells;
        tells
    }

    fn told(&mut self, now: Instant) {
        (self.told_at, self.owed) = (Some(now), false);
    }

    /// What the task is to do that minds. It tells when it is due, and ends when nothing is owed.
    fn due(&mut self, now: Instant) -> Due {
        if !self.owed {
            self.minded = false;
            return Due::Never;
        }
        match self.told_at.map(|told_at| told_at + 2 * PAUSE).filter(|due_at| now < *due_at) {
            Some(due_at) => Due::At(due_at),
            None => {
                self.told(now);
                Due::Now
            }
        }
    }
}

impl Telling {
    pub(super) fn new(place: Arc<Place>, head: watch::Sender<Position>) -> Arc<Self> {
        Arc::new(Self { place, head, debt: Mutex::default() })
    }

    /// Where an append that begins now tells, if it is to tell. Once it is written, it says that it [told](Self::told).
    pub(super) fn channel(self: &Arc<Self>) -> Option<String> {
        let channel = self.place.channel.as_ref()?;
        let mut debt = self.debt();
        if debt.begin(Instant::now()) {
            return Some(channel.clone());
        }
        if !std::mem::replace(&mut debt.minded, true) {
            tokio::spawn(Arc::clone(self).mind(channel.clone()));
        }
        None
    }

    /// Says that something was written with the channel. An append that is refused tells nobody.
    pub(super) fn told(&self) {
        self.debt().told(Instant::now());
    }

    /// Tells what is owed once no append has told for a while: while there are more of them, they tell by themselves.
    async fn mind(self: Arc<Self>, channel: String) {
        loop {
            let due = self.debt().due(Instant::now());
            match due {
                Due::Never => return,
                Due::At(due_at) => sleep_until(due_at).await,
                Due::Now => self.tell(&channel).await,
            }
        }
    }

    async fn tell(&self, channel: &str) {
        let head = self.head.borrow().0.to_string();
        let tell = || self.place.statement(include_str!("sql/tell.sql")).bind(channel).bind(head.as_str());
        if let Err(error) = self.place.run("telling other processes", tell).await {
            tracing::debug!(%error, "other processes are not told of the head; they find it by polling");
        }
    }

    fn debt(&self) -> MutexGuard<'_, Debt> {
        // It is whole between any two statements that hold the lock.
        self.debt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_closely_is_owed_until_it_is_told() {
        let (mut debt, now) = (Debt::default(), Instant::now());
        assert!(debt.begin(now), "the first one tells at once");
        debt.told(now);
        assert_eq!(debt.due(now), Due::Never, "nothing is owed");
        assert!(!debt.begin(now + PAUSE / 2), "the next one comes too soon");
        assert_eq!(debt.due(now + PAUSE), Due::At(now + 2 * PAUSE));
        assert_eq!(debt.due(now + 2 * PAUSE), Due::Now);
        assert_eq!(debt.due(now + 2 * PAUSE), Due::Never, "it was told");
    }

    #[test]
    fn an_append_that_is_refused_leaves_what_is_owed() {
        let (mut debt, now) = (Debt::default(), Instant::now());
        debt.told(now);
        assert!(!debt.begin(now), "this one is owed");
        assert!(debt.begin(now + PAUSE), "this one would tell, but writes nothing");
        assert_eq!(debt.due(now + PAUSE), Due::At(now + 2 * PAUSE), "the first one is owed still");
        assert!(debt.begin(now + PAUSE), "the next one tells in its place");
        debt.told(now + PAUSE);
        assert_eq!(debt.due(now + 9 * PAUSE), Due::Never, "with this one, both are told");
    }
}

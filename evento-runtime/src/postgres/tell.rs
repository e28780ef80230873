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

impl Telling {
    pub(super) fn new(place: Arc<Place>, head: watch::Sender<Position>) -> Arc<Self> {
        Arc::new(Self { place, head, debt: Mutex::default() })
    }

    /// Where an append that begins now tells, if it is to tell.
    pub(super) fn channel(self: &Arc<Self>) -> Option<String> {
        let channel = self.place.channel.as_ref()?;
        let now = Instant::now();
        let mut debt = self.debt();
        if debt.told_at.is_none_or(|told_at| now.duration_since(told_at) >= PAUSE) {
            (debt.told_at, debt.owed) = (Some(now), false);
            return Some(channel.clone());
        }
        debt.owed = true;
        if !std::mem::replace(&mut debt.minded, true) {
            tokio::spawn(Arc::clone(self).mind(channel.clone()));
        }
        None
    }

    /// Tells what is owed once no append has told for a while: while there are more of them, they tell by themselves.
    async fn mind(self: Arc<Self>, channel: String) {
        loop {
            let due_at = {
                let mut debt = self.debt();
                let now = Instant::now();
                let due_at = debt.told_at.map_or(now, |told_at| told_at + 2 * PAUSE);
                if !debt.owed {
                    debt.minded = false;
                    return;
                }
                if now >= due_at {
                    (debt.told_at, debt.owed) = (Some(now), false);
                    None
                } else {
                    Some(due_at)
                }
            };
            match due_at {
                Some(due_at) => sleep_until(due_at).await,
                None => self.tell(&channel).await,
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

//! Telling other processes of heads.
//!
//! Each notification wakes a session of the server for every process that listens, this one included, and commits that notify
//! wait for one another. So the first append after a pause tells at once, and those that follow closely are told together.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::place::Place;
use crate::message::Position;

/// The time from one notification to the next, at least.
const PAUSE: Duration = Duration::from_millis(10);

/// Decides which appends tell.
pub(super) struct Telling {
    place: Arc<Place>,
    head: watch::Sender<Position>,
    told_at: Mutex<Option<Instant>>,
    /// Whether something was appended since, of which nobody was told.
    owed: AtomicBool,
}

impl Telling {
    pub(super) fn new(place: Arc<Place>, head: watch::Sender<Position>) -> Arc<Self> {
        Arc::new(Self { place, head, told_at: Mutex::new(None), owed: AtomicBool::new(false) })
    }

    /// Where an append that begins now tells, if it is to tell.
    pub(super) fn channel(self: &Arc<Self>) -> Option<String> {
        let channel = self.place.channel.as_ref()?;
        let now = Instant::now();
        let is_due = {
            let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = told_at.is_none_or(|told| now.duration_since(told) >= PAUSE);
            if is_due {
                *told_at = Some(now);
            }
            is_due
        };
        if is_due {
            self.owed.store(false, Ordering::Release);
            return Some(channel.clone());
        }
        if !self.owed.swap(true, Ordering::AcqRel) {
            tokio::spawn(Arc::clone(self).pay(channel.clone()));
        }
        None
    }

    /// Tells what is still owed after a while. Mostly a later append has told by then.
    async fn pay(self: Arc<Self>, channel: String) {
        sleep(2 * PAUSE).await;
        if !self.owed.swap(false, Ordering::AcqRel) {
            return;
        }
        let head = self.head.borrow().0.to_string();
        let tell = || {
            let text = include_str!("sql/tell.sql");
            self.place.statement(text).bind(channel.as_str()).bind(head.as_str())
        };
        if let Err(error) = self.place.run("telling other processes", tell).await {
            tracing::debug!(%error, "other processes are not told of the head; they find it by polling");
        }
    }
}

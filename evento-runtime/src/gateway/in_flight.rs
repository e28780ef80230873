//! How many messages may be in flight at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::outcome::Refusal;

/// A place in flight, given back when it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// More places than any machine has use for, and few enough that all of them can be waited for at once.
const MOST_PLACES: usize = 1 << 20;

/// Bounds the messages in flight, and those that wait for a place. Whoever waits does so no longer than its caller.
pub(crate) struct InFlight {
    places: Arc<Semaphore>,
    limit: usize,
    waiting: AtomicUsize,
    max_waiting: usize,
    closed: AtomicBool,
}

impl InFlight {
    pub(crate) fn new(limit: usize, max_waiting: usize) -> Self {
        let limit = limit.clamp(1, MOST_PLACES);
        Self {
            places: Arc::new(Semaphore::new(limit)),
            limit,
            waiting: AtomicUsize::new(0),
            max_waiting,
            closed: AtomicBool::new(false),
        }
    }

    /// Whether nobody is let in any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes a place, or waits for one until the deadline.
    pub(crate) async fn enter(&self, deadline: Instant) -> Result<Place, Refusal> {
        if self.is_closed() {
            return Err(Refusal::ShuttingDown);
        }
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = self.wait()?;
        match timeout_at(deadline, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_closed)) => Err(Refusal::ShuttingDown),
            Err(_elapsed) => Err(Refusal::DeadlinePassed),
        }
    }

    /// Lets nobody in any more, and waits until everybody is out. Returns how many are left at the deadline.
    pub(crate) async fn drain(&self, deadline: Instant) -> usize {
        self.closed.store(true, Ordering::Release);
        let all = u32::try_from(self.limit).unwrap_or(u32::MAX);
        let empty = timeout_at(deadline, self.places.acquire_many(all)).await;
        let left = if empty.is_ok() { 0 } else { self.limit - self.places.available_permits() };
        self.places.close();
        left
    }

    /// How many are in flight or wait for a place.
    #[cfg(feature = "testing")]
    pub(crate) fn count(&self) -> usize {
        self.limit - self.places.available_permits() + self.waiting.load(Ordering::Acquire)
    }

    fn wait(&self) -> Result<Waiting<'_>, Refusal> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        if before >= self.max_waiting {
            return Err(Refusal::Overloaded { in_flight: self.limit, waiting: self.max_waiting });
        }
        Ok(waiting)
    }
}

/// Counts one who waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

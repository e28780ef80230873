//! How many messages may be in flight at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::outcome::Refusal;

/// A place in flight, given back when it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// Bounds the messages in flight, and those that wait for a place. Whoever waits does so no longer than its caller.
pub(crate) struct InFlight {
    places: Arc<Semaphore>,
    limit: usize,
    waiting: AtomicUsize,
    max_waiting: usize,
}

impl InFlight {
    pub(crate) fn new(limit: usize, max_waiting: usize) -> Self {
        let limit = limit.clamp(1, Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(limit)), limit, waiting: AtomicUsize::new(0), max_waiting }
    }

    /// Takes a place, or waits for one until the deadline.
    pub(crate) async fn enter(&self, deadline: Instant) -> Result<Place, Refusal> {
        if self.places.is_closed() {
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

    /// Lets nobody in any more.
    pub(crate) fn close(&self) {
        self.places.close();
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.limit - self.places.available_permits()
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

//! Noticing what other processes append, where the database tells nobody.

use std::{future::Future, time::Duration};

use tokio::{
    sync::watch,
    task::{AbortHandle, spawn},
    time::sleep,
};

use super::{StoreError, advance};
use crate::message::Position;

/// How soon to look again after something was found, and after a long time without.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_millis(250);

/// A task that looks at the head of the log as long as this is there: often while others append, and seldom when nothing
/// happens or nobody watches.
pub(crate) struct Polling(AbortHandle);

impl Polling {
    /// Begins to look. `read` reads the head; a head that cannot be read is looked at again later.
    pub(crate) fn start<R, F>(head: watch::Sender<Position>, read: R) -> Self
    where
        R: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<Position, StoreError>> + Send + 'static,
    {
        Self(spawn(poll(head, read)).abort_handle())
    }

    pub(crate) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn poll<R, F>(head: watch::Sender<Position>, read: R)
where
    R: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = Result<Position, StoreError>> + Send + 'static,
{
    let mut delay = SHORTEST;
    loop {
        sleep(delay).await;
        delay = LONGEST.min(delay * 2);
        if head.receiver_count() > 0
            && let Ok(found) = read().await
            && advance(&head, found)
        {
            delay = SHORTEST;
        }
    }
}

//! What a consumer knows of its dead events.

use super::{ConsumerTask, failure::Interruption};
use crate::{message::Position, store::DeadEvent};

/// How many dead events are read at once when a consumer is claimed.
const PAGE: usize = 1_000;

impl ConsumerTask {
    /// Reads behind which keys later events wait.
    pub(super) async fn load_parked(&mut self) -> Result<(), Interruption> {
        self.parked.clear();
        let (mut after, mut limit, mut count) = (Position::START, PAGE, 0);
        let mut last_error = None;
        loop {
            let dead = self.spec.environment.store.dead_events(&self.spec.id, after, limit).await?;
            let last = dead.last().map_or(after, |event| event.position);
            let is_end = dead.len() < limit;
            // A full page may end in the middle of a position, which is then read again, with all of its keys.
            let whole = |event: &DeadEvent| is_end || event.position < last;
            if !is_end && !dead.iter().any(whole) {
                limit *= 2;
                continue;
            }
            for event in dead.into_iter().filter(whole) {
                (after, count) = (event.position, count + 1);
                last_error = event.error.or(last_error);
                self.parked.insert(event.key);
            }
            if is_end {
                break;
            }
        }
        self.tell(|progress| {
            progress.parked = count;
            if progress.last_error.is_none() {
                progress.last_error = last_error.map(Into::into);
            }
        });
        Ok(())
    }
}

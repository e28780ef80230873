//! A queue per key: whoever needs the same aggregate or lock waits in turn, and nobody else waits.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    time::{Instant, error::Elapsed, timeout_at},
};

/// Queues by key. A key takes memory only while somebody holds or awaits it.
pub(crate) struct Queues<K: Hash + Eq + Clone> {
    turns: Arc<Mutex<HashMap<K, Arc<Turn<()>>>>>,
}

impl<K: Hash + Eq + Clone> Default for Queues<K> {
    fn default() -> Self {
        Self { turns: Arc::default() }
    }
}

/// One's turn; the next may go when it is dropped.
pub(crate) struct Held<K: Hash + Eq + Clone> {
    // Dropped in this order: the turn is over before the queue is looked at.
    _turn: OwnedMutexGuard<()>,
    _ticket: Ticket<K>,
}

/// A place in a queue, which removes the queue when it was the last.
struct Ticket<K: Hash + Eq + Clone> {
    turns: Arc<Mutex<HashMap<K, Arc<Turn<()>>>>>,
    key: K,
    turn: Arc<Turn<()>>,
}

impl<K: Hash + Eq + Clone> Queues<K> {
    /// Waits for one's turn until the deadline.
    pub(crate) async fn enter(&self, key: K, deadline: Instant) -> Result<Held<K>, Elapsed> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(key.clone()).or_default().clone()
        };
        let ticket = Ticket { turns: self.turns.clone(), key, turn };
        let mine = match ticket.turn.clone().try_lock_owned() {
            Ok(mine) => mine,
            Err(_taken) => timeout_at(deadline, ticket.turn.clone().lock_owned()).await?,
        };
        Ok(Held { _turn: mine, _ticket: ticket })
    }
}

impl<K: Hash + Eq + Clone> Drop for Ticket<K> {
    fn drop(&mut self) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // One reference is the map's and one is mine: nobody else holds or awaits it.
        if Arc::strong_count(&self.turn) == 2 {
            turns.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_queue_is_gone_when_nobody_holds_or_awaits_it() {
        let queues = Queues::default();
        let soon = Instant::now() + Duration::from_millis(1);
        let held = queues.enter("a", soon).await.expect("the queue is empty");
        assert!(queues.enter("a", soon).await.is_err(), "a second one waits until its deadline");
        drop(queues.enter("b", soon).await.expect("another key does not wait"));
        assert_eq!(queues.turns.lock().expect("not poisoned").len(), 1);
        drop(held);
        assert!(queues.turns.lock().expect("not poisoned").is_empty());
    }
}

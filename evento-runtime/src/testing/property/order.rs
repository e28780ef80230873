//! Another order of the same events.

use std::collections::HashMap;

use fastrand::Rng;

use crate::message::StoredEvent;

/// The events in an order that is drawn by a seed, among those in which they could have come: events of one stream, and those that go back
/// to one call from outside, are in the order that they have.
pub(super) fn reordered(events: &[StoredEvent], seed: u64) -> Vec<&StoredEvent> {
    let mut random = Rng::with_seed(seed);
    let (mut waits_for, mut followers) = (vec![0_u8; events.len()], vec![Vec::new(); events.len()]);
    let (mut of_stream, mut of_call) = (HashMap::new(), HashMap::new());
    for (index, event) in events.iter().enumerate() {
        let message = &event.message;
        let before =
            [of_stream.insert(&message.stream, index), of_call.insert(message.correlation_id, index)];
        for earlier in before.into_iter().flatten() {
            followers[earlier].push(index);
            waits_for[index] += 1;
        }
    }
    let mut free: Vec<usize> = (0..events.len()).filter(|index| waits_for[*index] == 0).collect();
    let mut order = Vec::with_capacity(events.len());
    while !free.is_empty() {
        let index = free.swap_remove(random.usize(..free.len()));
        order.push(&events[index]);
        for follower in &followers[index] {
            waits_for[*follower] -= 1;
            if waits_for[*follower] == 0 {
                free.push(*follower);
            }
        }
    }
    order
}

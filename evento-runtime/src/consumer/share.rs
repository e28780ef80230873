//! Which consumers a process takes, and which it leaves to others.
//!
//! Every process decides for itself on what all of them see: a consumer that several would run counts for each of them as its
//! part of one, and nobody has more than the sum of his parts, rounded up.

use std::collections::HashMap;

use crate::store::{ConsumerId, NodeId, NodeRecord};

/// What a process sees of all.
pub(super) struct Scene<'s> {
    pub(super) me: NodeId,
    /// Who is alive, this process included.
    pub(super) nodes: &'s [NodeRecord],
    /// Who has what.
    pub(super) owners: &'s HashMap<ConsumerId, NodeId>,
    /// Whether a consumer has been without an owner for long.
    pub(super) is_neglected: &'s (dyn Fn(&ConsumerId) -> bool + Sync),
}

/// What a process does about it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) claim: Vec<ConsumerId>,
    pub(super) give_back: Vec<ConsumerId>,
}

impl Scene<'_> {
    /// What is to be done. Whoever wants nothing gets nothing.
    pub(super) fn balance(&self) -> Balance {
        let mut balance = Balance::default();
        let Some(rank) = self.nodes.iter().position(|node| node.node == self.me) else { return balance };
        let mut room: Vec<i64> =
            self.nodes.iter().map(|node| self.share(node) - self.held(node.node)).collect();
        let wanted = &self.nodes[rank].wanted;
        // Processes that look at the same time begin at different places.
        let begin = wanted.len() * rank / self.nodes.len();
        for consumer in wanted[begin..].iter().chain(&wanted[..begin]) {
            if self.owners.contains_key(consumer) {
                continue;
            }
            if room[rank] > 0 || (self.is_neglected)(consumer) || self.taker(&room, rank, consumer).is_none()
            {
                balance.claim.push(consumer.clone());
                room[rank] -= 1;
            }
        }
        for consumer in wanted.iter().filter(|consumer| self.owners.get(*consumer) == Some(&self.me)) {
            if room[rank] >= 0 {
                break;
            }
            if let Some(taker) = self.taker(&room, rank, consumer) {
                balance.give_back.push(consumer.clone());
                room[rank] += 1;
                room[taker] -= 1;
            }
        }
        balance
    }

    /// Somebody else who wants a consumer and has room for it.
    fn taker(&self, room: &[i64], rank: usize, consumer: &ConsumerId) -> Option<usize> {
        let takes = |(at, node): &(usize, &NodeRecord)| {
            *at != rank && room[*at] > 0 && node.wanted.contains(consumer)
        };
        self.nodes.iter().enumerate().find(takes).map(|(at, _)| at)
    }

    fn held(&self, node: NodeId) -> i64 {
        self.owners.values().filter(|owner| **owner == node).count().try_into().unwrap_or(i64::MAX)
    }

    /// How many consumers a process has at most while others want them, too.
    fn share(&self, node: &NodeRecord) -> i64 {
        let rivals = |consumer| self.nodes.iter().filter(|other| other.wanted.contains(consumer)).count();
        let parts: f64 = node.wanted.iter().map(|consumer| 1.0 / rivals(consumer).max(1) as f64).sum();
        // Parts of thirds do not add up exactly.
        (parts - 1e-6).ceil() as i64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    fn consumer(number: usize) -> ConsumerId {
        ConsumerId { component: format!("C{number}").into(), version: 0, context: "*".into() }
    }

    fn node(number: u128, wanted: impl IntoIterator<Item = usize>) -> NodeRecord {
        let wanted = wanted.into_iter().map(consumer).collect();
        NodeRecord { node: NodeId(Uuid::from_u128(number)), wanted, report: String::new() }
    }

    /// Lets everybody look in turn, until nobody does anything any more. Returns how many each has.
    fn settle(nodes: &[NodeRecord], owners: &mut HashMap<ConsumerId, NodeId>) -> Vec<usize> {
        for _ in 0..20 {
            let before = owners.clone();
            for node in nodes {
                let is_neglected = |_: &ConsumerId| false;
                let scene = Scene { me: node.node, nodes, owners: &before, is_neglected: &is_neglected };
                let Balance { claim, give_back } = scene.balance();
                for consumer in give_back {
                    assert_eq!(owners.remove(&consumer), Some(node.node), "only one's own is given back");
                }
                for consumer in claim {
                    owners.entry(consumer).or_insert(node.node);
                }
            }
            if *owners == before {
                let held = |node: &NodeRecord| owners.values().filter(|owner| **owner == node.node).count();
                return nodes.iter().map(held).collect();
            }
        }
        panic!("they never settle: {owners:?}");
    }

    #[test]
    fn one_process_takes_all_at_once() {
        let nodes = [node(1, 0..40)];
        let (owners, is_neglected) = (HashMap::new(), |_: &ConsumerId| false);
        let scene = Scene { me: nodes[0].node, nodes: &nodes, owners: &owners, is_neglected: &is_neglected };
        assert_eq!(scene.balance().claim.len(), 40);
    }

    #[test]
    fn nobody_has_more_than_his_share_and_everything_has_an_owner() {
        for consumers in [1, 2, 3, 7, 40] {
            for processes in 1..=5_u128 {
                let mut owners = HashMap::new();
                let first: Vec<_> = vec![node(1, 0..consumers)];
                settle(&first, &mut owners);
                let nodes: Vec<_> = (1..=processes).map(|number| node(number, 0..consumers)).collect();
                let held = settle(&nodes, &mut owners);
                let share = consumers.div_ceil(processes as usize);
                assert!(held.iter().all(|held| *held <= share), "{consumers} among {processes}: {held:?}");
                assert_eq!(held.iter().sum::<usize>(), consumers);
            }
        }
    }

    #[test]
    fn those_who_want_different_things_leave_nothing_without_an_owner() {
        let nodes = [node(1, [0, 1, 2]), node(2, [2, 3]), node(3, [0, 3, 4, 5])];
        let mut owners = HashMap::new();
        settle(&nodes, &mut owners);
        let owned: HashSet<_> = owners.keys().cloned().collect();
        assert_eq!(owned, (0..6).map(consumer).collect());
        for (consumer, owner) in &owners {
            let owner = nodes.iter().find(|node| node.node == *owner).expect("one of them");
            assert!(owner.wanted.contains(consumer));
        }
    }

    #[test]
    fn what_nobody_with_room_takes_is_taken_after_a_while() {
        let nodes = [node(1, 0..2), node(2, 0..2)];
        let owners = HashMap::from([(consumer(0), nodes[0].node)]);
        for (neglected, claimed) in [(false, Vec::new()), (true, vec![consumer(1)])] {
            let is_neglected = |_: &ConsumerId| neglected;
            let scene =
                Scene { me: nodes[0].node, nodes: &nodes, owners: &owners, is_neglected: &is_neglected };
            assert_eq!(scene.balance().claim, claimed);
        }
    }
}

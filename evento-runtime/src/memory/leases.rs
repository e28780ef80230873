//! Who is alive, by the clock of this process that never goes back.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{sync::watch, time::Instant};

use super::{MemoryStore, State};
use crate::store::{
    Claim, ConsumerId, ConsumerRecord, Heartbeat, LeaseStore, NodeId, NodeRecord, StoreError,
};

/// Longer than any program runs, and short enough to be added to any time.
const LONGEST: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// A process that was heard of.
pub(super) struct Living {
    expires_at: Instant,
    wanted: Arc<[ConsumerId]>,
    report: String,
}

impl State {
    /// Forgets those who were not heard of for too long, but for one.
    pub(super) fn bury(&mut self, but: NodeId) {
        let now = Instant::now();
        self.nodes.retain(|node, living| *node == but || living.expires_at > now);
    }

    /// A record as it is told.
    pub(super) fn seen(&self, record: &ConsumerRecord) -> ConsumerRecord {
        let now = Instant::now();
        let is_alive = |owner: &NodeId| self.nodes.get(owner).is_some_and(|node| node.expires_at > now);
        let request = self.open_request(&record.consumer);
        ConsumerRecord { owner: record.owner.filter(is_alive), request, ..record.clone() }
    }
}

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        let living = Living {
            expires_at: Instant::now() + heartbeat.lease.min(LONGEST),
            wanted: heartbeat.wanted.clone(),
            report: heartbeat.report.clone(),
        };
        let known = state.nodes.insert(heartbeat.node, living).is_some();
        if !known {
            self.inner.leases.send_modify(|count| *count += 1);
        }
        Ok(known)
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        let (state, now) = (self.state()?, Instant::now());
        let alive = state.nodes.iter().filter(|(_, living)| living.expires_at > now);
        let record = |(node, living): (&NodeId, &Living)| NodeRecord {
            node: *node,
            wanted: living.wanted.to_vec(),
            report: living.report.clone(),
        };
        Ok(alive.map(record).collect())
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut state = self.state()?;
        if let Some(record) = state.consumers.get_mut(&claim.consumer)
            && (record.epoch, record.token) == (claim.epoch, claim.token)
        {
            record.owner = None;
            self.inner.leases.send_modify(|count| *count += 1);
        }
        Ok(())
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.state()?.nodes.remove(&node);
        self.inner.leases.send_modify(|count| *count += 1);
        Ok(())
    }

    fn watch_leases(&self) -> watch::Receiver<u64> {
        self.inner.leases.subscribe()
    }
}

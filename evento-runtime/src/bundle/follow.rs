//! How far consumers are, for queries that wait for them.

use std::collections::HashMap;

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use tokio::sync::watch;

use super::app::Running;
use crate::{
    consumer::{ConsumerState, Progress, told},
    gateway::{Follow, Followed, Here},
    message::Position,
    store::{ConsumerId, SharedStore, StoreError},
};

/// The consumers of this process, and what others tell of theirs.
pub(super) struct Consumers {
    store: SharedStore,
    here: HashMap<ConsumerId, watch::Receiver<Progress>>,
}

impl Consumers {
    pub(super) fn new(store: SharedStore, consumers: &[Running]) -> Self {
        let here = consumers.iter().map(|running| (running.id.clone(), running.progress.clone())).collect();
        Self { store, here }
    }
}

#[async_trait]
impl Followed for Consumers {
    fn follow(&self, consumer: &ConsumerId) -> Option<Box<dyn Follow>> {
        let progress = self.here.get(consumer)?.clone();
        Some(Box::new(Following(progress)))
    }

    async fn told(&self, projector: &str, version: u32) -> Result<Vec<(ConsumerId, Position)>, StoreError> {
        let records = self.store.consumers().await?;
        let nodes = self.store.nodes().await?;
        let is_of = |consumer: &ConsumerId| consumer.component == projector && consumer.version == version;
        let records = records.into_iter().filter(|record| is_of(&record.consumer));
        let place = records.map(|record| {
            let owner = nodes.iter().find(|node| Some(node.node) == record.owner);
            let told = owner.and_then(|node| told(node, &record));
            // A process may be beyond what it has saved, when nothing on the way was for it.
            let position = told.map_or(Position::START, |(progress, _)| progress.position);
            (record.consumer, position.max(record.checkpoint))
        });
        Ok(place.collect())
    }
}

/// Follows a consumer of this process.
struct Following(watch::Receiver<Progress>);

impl Follow for Following {
    fn here(&mut self) -> Option<Here> {
        let progress = self.0.borrow_and_update();
        let is_here = !matches!(
            progress.state,
            ConsumerState::Starting | ConsumerState::NotOwned | ConsumerState::Stopped
        );
        is_here.then(|| Here { position: progress.position, parked: progress.parked })
    }

    fn changed(&mut self) -> BoxFuture<'_, bool> {
        Box::pin(async { self.0.changed().await.is_ok() })
    }
}

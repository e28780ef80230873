//! Versions of projectors.

use std::{borrow::Cow, collections::BTreeMap};

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{ConsumerId, ProjectorVersionStore, ServingVersion, StoreError, VersionRecord, ViewId};

/// What is known of the versions of projectors.
#[derive(Default)]
pub(super) struct Versions {
    /// The version that serves, and the latest that has, by projector.
    serving: BTreeMap<String, (u32, u32)>,
    records: BTreeMap<ConsumerId, VersionRecord>,
}

impl Versions {
    /// The version that serves, and the latest that has.
    pub(super) fn serving(&self, component: &str) -> Option<(u32, u32)> {
        self.serving.get(component).copied()
    }

    /// Whether the consumers of a version are built but for one.
    pub(super) fn are_built(&self, but: &ConsumerId, contexts: &[Cow<'static, str>]) -> bool {
        contexts.iter().all(|context| {
            let id = ConsumerId { context: context.clone(), ..but.clone() };
            id == *but || self.records.get(&id).is_some_and(|record| record.built)
        })
    }

    /// A consumer is built; perhaps its version serves with that.
    pub(super) fn built(&mut self, consumer: &ConsumerId, serves: bool) {
        if let Some(record) = self.records.get_mut(consumer) {
            record.built = true;
        }
        if serves {
            self.serving.insert(consumer.component.to_string(), (consumer.version, consumer.version));
        }
    }
}

fn is_of(consumer: &ConsumerId, component: &str, version: u32) -> bool {
    consumer.component == component && consumer.version == version
}

#[async_trait]
impl ProjectorVersionStore for MemoryStore {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        let versions = &mut self.state()?.versions;
        versions.serving.entry(consumer.component.to_string()).or_insert((first, first));
        let new = || VersionRecord { consumer: consumer.clone(), built: false, views: Vec::new() };
        versions.records.entry(consumer.clone()).or_insert_with(new).views = views.to_vec();
        Ok(())
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        let state = self.state()?;
        let serving = state.versions.serving.iter();
        let serving = serving.map(|(component, &(serving, newest))| ServingVersion {
            component: component.clone().into(),
            serving,
            newest,
        });
        Ok(serving.collect())
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        let state = self.state()?;
        let records = state.versions.records.values();
        Ok(records.filter(|record| record.consumer.component == component).cloned().collect())
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        if !state.consumers.keys().any(|consumer| is_of(consumer, component, version)) {
            return Ok(false);
        }
        let Some((serving, newest)) = state.versions.serving.get_mut(component) else { return Ok(false) };
        (*serving, *newest) = (version, version.max(*newest));
        Ok(true)
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        let mut state = self.state()?;
        if state.versions.serving(component).is_none_or(|(serving, _)| serving == version) {
            return Ok(false);
        }
        state.consumers.retain(|consumer, _| !is_of(consumer, component, version));
        state.dead_events.retain(|(consumer, ..), _| !is_of(consumer, component, version));
        state.skips.retain(|(consumer, _), _| !is_of(consumer, component, version));
        Ok(true)
    }

    async fn delete_view_rows(&self, view: &ViewId, _limit: usize) -> Result<bool, StoreError> {
        self.state()?.views.remove(view);
        Ok(false)
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        let versions = &mut self.state()?.versions;
        versions.records.retain(|consumer, _| !is_of(consumer, component, version));
        if let Some((serving, newest)) = versions.serving.get_mut(component)
            && *newest == version
        {
            *newest = *serving;
        }
        Ok(())
    }
}

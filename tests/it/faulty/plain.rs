//! What is wrong with the rest of a store is that it cannot be reached, and nothing else.

use async_trait::async_trait;
use evento::{message::*, serde_json::value::RawValue, store::*};
use uuid::Uuid;

use super::Faulty;

#[async_trait]
impl ProjectorVersionStore for Faulty {
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError> {
        self.reach()?.introduce_version(consumer, views, first).await
    }

    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError> {
        self.reach()?.serving_versions().await
    }

    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError> {
        self.reach()?.versions(component).await
    }

    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        self.reach()?.serve_version(component, version).await
    }

    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError> {
        self.reach()?.retire_version(component, version).await
    }

    async fn delete_view_rows(&self, view: &ViewId, limit: usize) -> Result<bool, StoreError> {
        self.reach()?.delete_view_rows(view, limit).await
    }

    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError> {
        self.reach()?.forget_version(component, version).await
    }
}

#[async_trait]
impl LogAudit for Faulty {
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError> {
        self.reach()?.count_left_out(after, until, filter).await
    }
}

#[async_trait]
impl LogTransfer for Faulty {
    async fn incarnation(&self) -> Result<Uuid, StoreError> {
        self.reach()?.incarnation().await
    }

    async fn read_records(&self, query: &LogQuery) -> Result<LogRecordPage, StoreError> {
        self.reach()?.read_records(query).await
    }

    async fn find_records(&self, places: &[(StreamId, u64)]) -> Result<Vec<LogRecord>, StoreError> {
        self.reach()?.find_records(places).await
    }

    async fn import_records(&self, import: &LogImport) -> Result<LogMark, LogImportError> {
        self.reach()?.import_records(import).await
    }
}

#[async_trait]
impl SnapshotStore for Faulty {
    async fn load_snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.reach()?.load_snapshot(stream).await
    }

    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.reach()?.save_snapshot(stream, snapshot).await
    }
}

#[async_trait]
impl Interventions for Faulty {
    async fn set_paused(&self, consumer: &ConsumerId, paused: bool) -> Result<bool, StoreError> {
        self.reach()?.set_paused(consumer, paused).await
    }

    async fn pause_because(&self, consumer: &ConsumerId, reason: &str) -> Result<bool, StoreError> {
        self.reach()?.pause_because(consumer, reason).await
    }

    async fn reset(
        &self,
        consumer: &ConsumerId,
        to: Position,
        replay: ReplayCommands,
    ) -> Result<bool, StoreError> {
        self.reach()?.reset(consumer, to, replay).await
    }

    async fn skip(&self, skip: &Skip) -> Result<bool, StoreError> {
        self.reach()?.skip(skip).await
    }

    async fn skips(&self, consumer: &ConsumerId, after: Position) -> Result<Vec<Skip>, StoreError> {
        self.reach()?.skips(consumer, after).await
    }
}

#[async_trait]
impl UnmatchedEventStore for Faulty {
    async fn unmatched_events(
        &self,
        saga: &str,
        after: Position,
        limit: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError> {
        self.reach()?.unmatched_events(saga, after, limit).await
    }

    async fn dismiss_unmatched(&self, saga: &str, position: Position) -> Result<bool, StoreError> {
        self.reach()?.dismiss_unmatched(saga, position).await
    }
}

#[async_trait]
impl ViewStore for Faulty {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        self.reach()?.view_row(view, id).await
    }

    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        self.reach()?.find_view_rows(view, matching, page).await
    }
}

#[async_trait]
impl DeadEventStore for Faulty {
    async fn dead_events(
        &self,
        consumer: &ConsumerId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.reach()?.dead_events(consumer, after, limit).await
    }

    async fn find_dead_events(
        &self,
        consumer: &ConsumerId,
        key: Option<&str>,
        after: Option<&DeadEventPlace>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.reach()?.find_dead_events(consumer, key, after, limit).await
    }
}

#[async_trait]
impl RequestStore for Faulty {
    async fn ask(&self, request: &DeadEventRequest) -> Result<bool, StoreError> {
        self.reach()?.ask(request).await
    }

    async fn request(&self, consumer: &ConsumerId, id: Uuid) -> Result<Option<DeadEventRequest>, StoreError> {
        self.reach()?.request(consumer, id).await
    }

    async fn answered_requests(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        limit: usize,
    ) -> Result<Vec<DeadEventRequest>, StoreError> {
        self.reach()?.answered_requests(consumer, kind, limit).await
    }
}

#[async_trait]
impl Retention for Faulty {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        self.reach()?.horizon().await
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        limit: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        self.reach()?.purge_closed_streams(closed_before, after, limit).await
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        limit: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        self.reach()?.purge_ledger_entries(handled_before, after, limit).await
    }
}

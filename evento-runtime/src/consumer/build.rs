//! Building a version of a projector: it serves from the transaction on in which it reaches the head of the log.

use tokio::time::Instant;

use super::{ConsumerSpec, ConsumerTask, adopt::VersionError, failure::Interruption};
use crate::{
    capability::Scope,
    component::ComponentKind,
    environment::Environment,
    handler::{ReplayStatus, Uses},
    message::{MessageId, Position, StoredEvent},
    store::{ConsumerRecord, ConsumerTransaction, LogPage, ReplayCommands, StoreError},
};

/// How far the building of a version is.
#[derive(Default)]
pub(super) struct Building {
    /// Whether it is still to be noted that the consumer has been at the head of the log, or its version is still to serve.
    is_open: bool,
    /// Where everything is done that the log has, if that is known.
    log_end: Option<Position>,
    /// Up to where the events are handled again.
    replay_until: Position,
    /// What becomes of the commands that are sent for them.
    replay: ReplayCommands,
}

/// How an event is handled: for the first time, or again.
#[derive(Clone, Copy)]
pub(super) struct Handling {
    /// What its handler is told.
    pub(super) replay: ReplayStatus,
    /// Whether the commands that are sent for it go nowhere.
    pub(super) suppresses: bool,
}

/// Notes the versions of projectors that are about to be run.
pub(crate) async fn introduce_versions(
    specs: &[ConsumerSpec],
    environment: &Environment,
) -> Result<(), VersionError> {
    let store = &environment.store;
    let records = store.consumers().await?;
    for spec in specs.iter().filter(|spec| spec.meta.kind == ComponentKind::Projector) {
        // What ran before anybody kept versions served as well as it could.
        let known = records.iter().filter(|record| record.consumer.component == spec.id.component);
        let first = known.map(|record| record.consumer.version).max().unwrap_or(spec.id.version);
        store.introduce_version(&spec.id, &views(spec), first).await?;
    }
    Ok(())
}

/// The stored names of the views that a projector writes.
fn views(spec: &ConsumerSpec) -> Vec<String> {
    let used = spec.meta.handlers.iter().flat_map(|handler| handler.params);
    let views = used.filter_map(|uses| match uses {
        Uses::View(view) => spec.views.stored_name(view.name),
        _ => None,
    });
    let mut views: Vec<_> = views.collect();
    views.sort_unstable();
    views.dedup();
    views
}

impl ConsumerTask {
    /// Finds out whether the version is still being built.
    pub(super) async fn look_at_building(&mut self) -> Result<(), Interruption> {
        self.building.log_end = None;
        if self.spec.meta.kind != ComponentKind::Projector {
            return Ok(());
        }
        let store = &self.spec.environment.store;
        let (id, component) = (&self.spec.id, &self.spec.id.component);
        let serving = store.serving_versions().await?;
        let newest = serving.iter().find(|one| one.component == *component).map(|one| one.newest);
        let records = store.versions(component).await?;
        let is_built = records.iter().any(|record| record.consumer == *id && record.built);
        self.building.is_open = !is_built || newest.is_none_or(|newest| newest < id.version);
        Ok(())
    }

    /// Remembers up to where the consumer had come when it was put back.
    pub(super) fn replay_up_to(&mut self, record: &ConsumerRecord) {
        (self.building.replay_until, self.building.replay) = (record.replay_until, record.replay);
    }

    /// On whose behalf a handler acts: what it sends for an event that is handled again goes nowhere, unless that is allowed.
    /// What stands behind the checkpoint is replayed because it was put aside: it was never done, so what is sent goes out.
    pub(super) fn scope(&self, event: &StoredEvent, seed: MessageId, deadline: Instant) -> Scope {
        let mut scope = self.spec.scope(event, seed, deadline);
        scope.suppresses = self.handling(event.position).suppresses;
        scope
    }

    /// How an event is handled that stands at a position.
    pub(super) fn handling(&self, position: Position) -> Handling {
        let was_put_aside = position <= self.progress.borrow().position;
        Handling {
            replay: self.replay_status(position),
            suppresses: self.suppresses() && !was_put_aside && position <= self.building.replay_until,
        }
    }

    /// Whether what a deadline's handler sends goes nowhere: when it is due among events that are handled again.
    pub(super) fn suppresses_deadlines(&self, place: Position) -> bool {
        self.suppresses() && place < self.building.replay_until
    }

    fn suppresses(&self) -> bool {
        self.building.replay == ReplayCommands::Suppressed
    }

    /// Finds out whether a page is the last one of the log, as long as that matters.
    pub(super) async fn look_for_the_end(&mut self, page: &LogPage) -> Result<(), Interruption> {
        self.building.log_end = None;
        if !self.building.is_open || page.events.len() >= self.spec.options.batch_events {
            return Ok(());
        }
        // It reached the end when it was read, which may be a moment ago. Who is less than a batch behind is not far, and where
        // events never cease to come, nobody is ever nearer.
        let head = self.spec.environment.store.head().await?;
        if page.scanned.position.0 + self.spec.options.batch_events as u64 >= head.0 {
            let last = page.events.last().map(|event| event.position);
            self.building.log_end = Some(last.unwrap_or(page.scanned.position));
        }
        Ok(())
    }

    /// Whether moving the checkpoint to a place builds the version.
    pub(super) fn builds(&self, place: Position) -> bool {
        self.building.is_open && self.building.log_end.is_some_and(|end| place >= end)
    }

    /// Lets the version serve with the commit of a transaction that moves the checkpoint, if that builds it. Returns whether
    /// there is nothing left to do then.
    pub(super) async fn build(
        &self,
        transaction: &mut dyn ConsumerTransaction,
        place: Position,
    ) -> Result<bool, StoreError> {
        if !self.builds(place) {
            return Ok(false);
        }
        transaction.serve_built(&self.spec.contexts, place).await
    }

    /// Tells that the version is built and serves.
    pub(super) fn is_built(&mut self) {
        self.building.is_open = false;
        self.spec.serving.changed();
        tracing::info!(consumer = %self.spec.id, "the read model is built");
    }

    /// Whether an event is handled again, or for a read model that nobody reads yet.
    pub(super) fn replay_status(&self, position: Position) -> ReplayStatus {
        let is_projector = self.spec.meta.kind == ComponentKind::Projector;
        let makes_up = is_projector && self.replay_until.is_some_and(|until| position <= until);
        match self.building.is_open || makes_up || position <= self.building.replay_until {
            true => ReplayStatus::Replaying,
            false => ReplayStatus::Live,
        }
    }
}

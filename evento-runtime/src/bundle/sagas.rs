//! The sagas of a running application as data: those that live, what waits for them, and what nobody continues.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::App;
use crate::{
    component::{ComponentBody, ComponentMeta, Consumer, SagaBody},
    consumer::ConsumerSpec,
    environment::Environment,
    message::{Position, Timestamp},
    store::{SagaCount, SagaId, SagaRecord, StoreError, TimerRecord, UnmatchedEvent},
};

/// Which saga: the name under which it is kept, and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SagaKey {
    /// Bundle and component, as in `shop/OrderSaga`; of a consumer that is bound to a context also that:
    /// `shop/OrderSaga in north`.
    pub saga: String,
    /// Its id.
    pub id: SagaId,
}

/// A saga that lives.
#[derive(Clone, Debug, Serialize)]
pub struct LiveSaga {
    /// Which one.
    #[serde(flatten)]
    pub key: SagaKey,
    /// The version of the code that saved it.
    pub version: u32,
    /// When it began: the time of the event that started it.
    pub started_at: Timestamp,
    /// How long ago that was, by the application's clock.
    pub age: Duration,
    /// Its state as JSON.
    pub state: Box<RawValue>,
    /// The fields by which events find it, with their values as text.
    pub associations: Vec<(String, String)>,
    /// The last event that changed it.
    pub last_event: Position,
}

/// A deadline that a live saga waits for.
#[derive(Clone, Debug, Serialize)]
pub struct PendingDeadline {
    /// The stored name of the deadline.
    pub deadline: String,
    /// What tells it from the other timers of the saga.
    pub key: String,
    /// When it is due.
    pub due: Timestamp,
    /// The deadline as JSON.
    pub payload: Box<RawValue>,
}

/// Why nobody continues sagas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Orphaning {
    /// The bundle has no saga of that name any more.
    CodeIsGone,
    /// The saga is there, and no consumer of it reads the context, or all contexts, as the one did that started these.
    OtherContexts,
    /// The version that runs does not adopt theirs, or is older.
    NotAdopted,
}

/// Live sagas that nobody continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrphanedSagas {
    /// The name under which they are kept.
    pub saga: String,
    /// The version of the code that saved them.
    pub version: u32,
    /// How many there are.
    pub live: u64,
    /// Why nobody continues them.
    pub reason: Orphaning,
}

/// The sagas that this application continues.
pub(super) struct SagaCatalogue {
    /// What the names of all sagas of the bundle begin with.
    bundle: String,
    pub(super) known: Vec<Known>,
}

/// The sagas of one consumer.
pub(super) struct Known {
    meta: &'static ComponentMeta,
    body: &'static SagaBody,
    pub(super) saga: Arc<str>,
}

impl SagaCatalogue {
    pub(super) fn new(bundle: &str, specs: &[ConsumerSpec]) -> Self {
        let known = |spec: &ConsumerSpec| match &spec.meta.body {
            ComponentBody::Saga(body) => Some(Known { meta: spec.meta, body, saga: spec.sagas.clone() }),
            _ => None,
        };
        Self { bundle: format!("{bundle}/"), known: specs.iter().filter_map(known).collect() }
    }

    /// Why nobody continues these; `None` when somebody does, or they are those of another bundle.
    fn orphaning(&self, count: &SagaCount) -> Option<Orphaning> {
        let name = count.saga.strip_prefix(&self.bundle)?;
        if let Some(known) = self.known.iter().find(|known| *known.saga == *count.saga) {
            let continues = known.body.continues(known.meta.version, count.code_version);
            return (!continues).then_some(Orphaning::NotAdopted);
        }
        let component = name.split_once(" in ").map_or(name, |(component, _)| component);
        let is_there = self.known.iter().any(|known| known.meta.name == component || known.meta.name == name);
        Some(if is_there { Orphaning::OtherContexts } else { Orphaning::CodeIsGone })
    }
}

/// A look at the sagas of one component, or of one stored name. Made by [`App::sagas`] and [`App::sagas_called`].
pub struct Sagas<'a> {
    environment: &'a Environment,
    /// In their order.
    names: Vec<String>,
}

impl App {
    /// The sagas of a component of this bundle, in all contexts to which it is bound.
    ///
    /// ```
    /// # use evento_runtime::{bundle::{App, SagaKey}, component::Consumer, store::StoreError};
    /// # async fn show<OrderSaga: Consumer>(app: &App) -> Result<(), StoreError> {
    /// let mut last: Option<SagaKey> = None;
    /// loop {
    ///     let page = app.sagas::<OrderSaga>().list(last.as_ref(), 100).await?;
    ///     let Some(end) = page.last() else { break };
    ///     last = Some(end.key.clone());
    ///     for saga in &page {
    ///         println!("{} {:?} {}", saga.key.id, saga.age, saga.state);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sagas<S: Consumer>(&self) -> Sagas<'_> {
        let of = |known: &&Known| known.meta.name == S::META.name;
        let mut names: Vec<_> =
            self.sagas.known.iter().filter(of).map(|known| known.saga.to_string()).collect();
        if names.is_empty() {
            names.push(format!("{}{}", self.sagas.bundle, S::META.name));
        }
        names.sort_unstable();
        Sagas { environment: &self.environment, names }
    }

    /// The sagas of a stored name, such as [`SagaKey`] and [`OrphanedSagas`] have it; also those whose code is gone.
    #[must_use]
    pub fn sagas_called(&self, saga: impl Into<String>) -> Sagas<'_> {
        Sagas { environment: &self.environment, names: vec![saga.into()] }
    }

    /// The live sagas of this bundle that nobody continues, by name and version: their code is gone, or the version that runs
    /// does not adopt theirs.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn orphaned_sagas(&self) -> Result<Vec<OrphanedSagas>, StoreError> {
        let counts = self.environment.store.count_sagas().await?;
        let orphaned = counts.into_iter().filter_map(|count| {
            let reason = self.sagas.orphaning(&count)?;
            let SagaCount { saga, code_version, live } = count;
            Some(OrphanedSagas { saga, version: code_version, live, reason })
        });
        Ok(orphaned.collect())
    }
}

impl Sagas<'_> {
    /// A page of those that live, behind one of them, in the order of their names and ids.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn list(&self, after: Option<&SagaKey>, limit: usize) -> Result<Vec<LiveSaga>, StoreError> {
        let now = self.environment.clock.now();
        let mut page = Vec::new();
        for name in &self.names {
            if page.len() >= limit || after.is_some_and(|after| *name < after.saga) {
                continue;
            }
            let after = after.filter(|after| after.saga == *name).map(|after| after.id);
            let found = self.environment.store.list_sagas(name, after, limit - page.len()).await?;
            page.extend(found.into_iter().map(|record| LiveSaga::of(record, now)));
        }
        Ok(page)
    }

    /// The deadlines that one of them waits for, in the order of their keys.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn deadlines(&self, saga: &SagaKey) -> Result<Vec<PendingDeadline>, StoreError> {
        let timers = self.environment.store.timers_of(&saga.saga, saga.id).await?;
        Ok(timers.into_iter().map(PendingDeadline::of).collect())
    }

    /// A page of the events that named one that does not exist, behind a position, in the order of their positions. They are
    /// listed for a `#[saga(strict)]` only, and counted in the status of any.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn unmatched_events(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError> {
        let mut page = Vec::new();
        for name in &self.names {
            page.extend(self.environment.store.unmatched_events(name, after, limit).await?);
        }
        page.sort_by(|a, b| (a.position, &a.saga).cmp(&(b.position, &b.saga)));
        page.truncate(limit);
        Ok(page)
    }

    /// Takes an unmatched event off the list, once somebody has seen to it. Returns whether it was there.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn dismiss(&self, position: Position) -> Result<bool, StoreError> {
        let mut dismissed = false;
        for name in &self.names {
            dismissed |= self.environment.store.dismiss_unmatched(name, position).await?;
        }
        Ok(dismissed)
    }
}

impl LiveSaga {
    fn of(record: SagaRecord, now: Timestamp) -> Self {
        let associations = record.associations.into_iter();
        Self {
            key: SagaKey { saga: record.saga.into_owned(), id: record.id },
            version: record.code_version,
            started_at: record.started_at,
            age: now.since(record.started_at),
            state: record.state,
            associations: associations.map(|(field, value)| (field.into_owned(), value)).collect(),
            last_event: record.last_event,
        }
    }
}

impl PendingDeadline {
    fn of(timer: TimerRecord) -> Self {
        let message = timer.message;
        Self {
            deadline: message.name.into_owned(),
            key: timer.key,
            due: message.due,
            payload: message.payload,
        }
    }
}

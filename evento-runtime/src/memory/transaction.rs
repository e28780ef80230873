//! The transaction of a consumer: what it writes is kept aside until it commits.

use std::{
    any::Any,
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
};

use async_trait::async_trait;
use serde_json::value::RawValue;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::{
    MemoryStore, State,
    dead_events::DeadChange,
    timers::TimerChange,
    views::{Rank, ViewTable, page},
};
use crate::{
    message::Position,
    store::{
        Claim, ConsumerId, ConsumerRecord, ConsumerTransaction, DeadEvent, DeadEventPlace, LogMark, Page,
        ReplayCommands, RequestAnswer, SagaId, SagaRecord, StoreError, TimerRecord, TransactionConnection,
        UnmatchedEvent, ViewId, ViewMatch, ViewRow,
    },
};

/// What is written to one view.
#[derive(Clone, Default)]
struct ViewChanges {
    put: ViewTable,
    /// The rows that are changed or deleted: what is stored of them does not count any more.
    hidden: HashSet<String>,
}

/// Everything that is written.
#[derive(Clone, Default)]
struct Changes {
    views: HashMap<ViewId, ViewChanges>,
    /// A saga that is deleted is there without a record.
    sagas: BTreeMap<(String, SagaId), Option<SagaRecord>>,
    timers: Vec<TimerChange>,
    unmatched: Vec<UnmatchedEvent>,
    dead_events: Vec<DeadChange>,
    answers: Vec<(Uuid, RequestAnswer)>,
    /// The version of the consumer is built, and whether it is to serve.
    built: Option<bool>,
}

/// A transaction of a consumer.
pub(super) struct MemoryTransaction {
    store: MemoryStore,
    claim: Claim,
    /// The version of the code, for a consumer that this transaction creates.
    creates: Option<u32>,
    changes: Changes,
    _turn: OwnedMutexGuard<()>,
}

impl MemoryTransaction {
    pub(super) async fn begin(
        store: MemoryStore,
        claim: Claim,
        creates: Option<u32>,
    ) -> Result<Self, StoreError> {
        let turn = store.inner.transaction.clone().lock_owned().await;
        drop(store.state()?);
        Ok(Self { store, claim, creates, changes: Changes::default(), _turn: turn })
    }

    fn view(&mut self, view: &ViewId) -> &mut ViewChanges {
        self.changes.views.entry(view.clone()).or_default()
    }
}

/// Whether a row is there, as the transaction sees it.
fn seen<'s>(state: &'s State, changes: &'s Changes, view: &ViewId, id: &str) -> Option<&'s ViewRow> {
    match changes.views.get(view) {
        Some(changed) if changed.hidden.contains(id) => changed.put.get(id),
        _ => state.views.get(view)?.get(id),
    }
}

impl TransactionConnection for MemoryTransaction {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        None
    }
}

#[async_trait]
impl ConsumerTransaction for MemoryTransaction {
    async fn view_row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let state = self.store.state()?;
        Ok(seen(&state, &self.changes, view, id).map(|row| row.body.clone()))
    }

    async fn find_view_rows(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        wanted: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        let state = self.store.state()?;
        let stored = state.views.get(view).map(|table| table.matching(matching)).into_iter().flatten();
        let Some(changed) = self.changes.views.get(view) else {
            return Ok(page(stored.map(|(_, row)| row), wanted));
        };
        let mut found: Vec<(Rank<'_>, &ViewRow)> = stored
            .filter(|(_, row)| !changed.hidden.contains(&row.id))
            .chain(changed.put.matching(matching))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        Ok(page(found.into_iter().map(|(_, row)| row), wanted))
    }

    async fn put_view_row(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError> {
        let changed = self.view(view);
        if !changed.hidden.contains(&row.id) {
            changed.hidden.insert(row.id.clone());
        }
        changed.put.put(row);
        Ok(())
    }

    async fn delete_view_row(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError> {
        let there = {
            let state = self.store.state()?;
            seen(&state, &self.changes, view, id).is_some()
        };
        if there {
            let changed = self.view(view);
            changed.hidden.insert(id.to_owned());
            changed.put.delete(id);
        }
        Ok(there)
    }

    async fn put_saga(&mut self, record: SagaRecord) -> Result<(), StoreError> {
        self.changes.sagas.insert((record.saga.clone().into_owned(), record.id), Some(record));
        Ok(())
    }

    async fn delete_saga(&mut self, saga: &str, id: SagaId) -> Result<bool, StoreError> {
        let key = (saga.to_owned(), id);
        let there = match self.changes.sagas.get(&key) {
            Some(changed) => changed.is_some(),
            None => self.store.state()?.sagas.contains_key(&key),
        };
        self.changes.timers.push(TimerChange::DeleteAll(saga.to_owned(), id));
        self.changes.sagas.insert(key, None);
        Ok(there)
    }

    async fn put_timer(&mut self, timer: TimerRecord) -> Result<(), StoreError> {
        self.changes.timers.push(TimerChange::Put(timer));
        Ok(())
    }

    async fn delete_timer(&mut self, saga: &str, id: SagaId, key: &str) -> Result<(), StoreError> {
        self.changes.timers.push(TimerChange::Delete(saga.to_owned(), id, key.to_owned()));
        Ok(())
    }

    async fn put_unmatched(&mut self, event: UnmatchedEvent) -> Result<(), StoreError> {
        self.changes.unmatched.push(event);
        Ok(())
    }

    async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        self.changes.dead_events.push(DeadChange::Park(event));
        Ok(())
    }

    async fn unpark(&mut self, place: &DeadEventPlace) -> Result<bool, StoreError> {
        self.changes.dead_events.push(DeadChange::Unpark(place.clone()));
        let state = self.store.state()?;
        Ok(state.key_is_open(&self.claim.consumer, &place.key, &self.changes.dead_events))
    }

    async fn answer(&mut self, request: Uuid, answer: RequestAnswer) -> Result<(), StoreError> {
        self.changes.answers.push((request, answer));
        Ok(())
    }

    async fn serve_built(
        &mut self,
        contexts: &[Cow<'static, str>],
        position: Position,
    ) -> Result<bool, StoreError> {
        let guard = self.store.state()?;
        let state = &*guard;
        let ConsumerId { component, version, .. } = &self.claim.consumer;
        let all = state.versions.are_built(&self.claim.consumer, contexts);
        let (serving, newest) = state.versions.serving(component).unwrap_or_default();
        let beyond = state.consumers.values().any(|record| {
            let id = &record.consumer;
            id.component == *component && id.version == serving && record.checkpoint > position
        });
        let serves = all && newest < *version && !beyond;
        let done = serves || newest >= *version;
        drop(guard);
        self.changes.built = Some(serves);
        Ok(done)
    }

    async fn commit(self: Box<Self>, checkpoint: LogMark) -> Result<(), StoreError> {
        let Self { store, claim, creates, changes, .. } = *self;
        let mut guard = store.state()?;
        let state = &mut *guard;
        let consumer = claim.consumer.clone();
        let there = checkpoint.event.is_none() || state.has(checkpoint);
        let (head, checkpoint) = (state.head(), checkpoint.position);
        let gone = StoreError::LogWentBack { seen: checkpoint, found: head };
        match (creates, state.consumers.get_mut(&claim.consumer)) {
            (Some(_), None) if !there => return Err(gone),
            (Some(code_version), None) => {
                let consumer = claim.consumer.clone();
                let (epoch, token) = (claim.epoch, claim.token);
                let (owner, paused, pause_reason, request, resets) = (None, false, None, None, 0);
                let record = ConsumerRecord {
                    consumer,
                    checkpoint,
                    epoch,
                    token,
                    code_version,
                    owner,
                    paused,
                    pause_reason,
                    request,
                    resets,
                    replay_until: Position::START,
                    replay: ReplayCommands::default(),
                };
                state.consumers.insert(claim.consumer, record);
            }
            (None, Some(record)) if (record.epoch, record.token) == (claim.epoch, claim.token) => {
                if !there {
                    return Err(gone);
                }
                record.checkpoint = checkpoint;
            }
            _ => return Err(StoreError::Fenced { consumer: claim.consumer.to_string() }),
        }
        if let Some(serves) = changes.built {
            state.versions.built(&consumer, serves);
        }
        changes.apply(&consumer, state);
        Ok(())
    }
}

impl Changes {
    fn apply(self, consumer: &ConsumerId, state: &mut State) {
        for (view, changed) in self.views {
            let table = state.views.entry(view).or_default();
            for id in &changed.hidden {
                table.delete(id);
            }
            for row in changed.put.into_rows() {
                table.put(row);
            }
        }
        for ((saga, id), record) in self.sagas {
            match record {
                Some(record) => state.put_saga(record),
                None => state.delete_saga(&saga, id),
            }
        }
        for change in self.timers {
            state.timers.apply(change);
        }
        for event in self.unmatched {
            state.unmatched.insert((event.saga.clone().into_owned(), event.position), event);
        }
        for change in self.dead_events {
            state.change_dead_events(consumer, change);
        }
        for (request, answer) in self.answers {
            state.answer(consumer, request, answer);
        }
    }
}

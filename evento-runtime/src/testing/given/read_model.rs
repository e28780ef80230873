//! Read models in a test: a projector that handles events on a store, each in a transaction, and rows that are read again.

use std::{collections::HashMap, sync::Arc};

use super::{
    driver::construct,
    list::OneOf,
    subject::{call, failure_in_words},
    world::World,
};
use crate::{
    capability::{Access, Scope, Tables, ViewIds, Written},
    clock::{self, IdSource},
    component::{ComponentMeta, HandlerKind, HandlerMeta, Provided},
    error::Error,
    handler::{AccessSlot, CallFailure, Incoming, Instance, Invocation, MessageRef, ReplayStatus, Uses},
    memory::MemoryStore,
    message::{CommandId, EventMessage, StoredEvent},
    store::{
        Append, Claim, ConsumerId, ConsumerTransaction, Expected, FirstStart, NodeId, Page, Recording,
        SharedStore, StoreError, ViewId, ViewMatch, ViewRow,
    },
};

/// How long the store may take to append an event.
const APPEND_TIME: std::time::Duration = std::time::Duration::from_secs(30);
/// How many rows are read at once.
const PAGE: u32 = 500;

/// The store of a test.
#[derive(Clone)]
pub(super) struct ReadModels {
    pub(super) store: SharedStore,
}

impl Default for ReadModels {
    fn default() -> Self {
        Self { store: Arc::new(MemoryStore::new()) }
    }
}

/// A projector at work.
pub(super) struct Projecting {
    meta: &'static ComponentMeta,
    instance: Arc<Instance>,
    claim: Claim,
    views: ViewIds,
}

fn in_words(error: &StoreError) -> String {
    format!("the store failed: {error}")
}

/// The views that a projector writes, as it stores them.
pub(super) fn written_by(meta: &'static ComponentMeta, world: &World) -> HashMap<&'static str, ViewId> {
    let used = meta.handlers.iter().flat_map(|handler| handler.params);
    let views = used.filter_map(|uses| match uses {
        Uses::View(view) => Some(*view),
        _ => None,
    });
    let id = |view: &'static crate::payload::PayloadMeta| {
        (view.name, ViewId { view: world.qualified(view.name).into(), version: meta.version })
    };
    views.map(id).collect()
}

/// How handlers find the rows of views, which one projector writes.
pub(super) fn view_ids(ids: &HashMap<&'static str, ViewId>, projector: &str) -> ViewIds {
    let projector: Arc<str> = projector.into();
    let written = |(view, id): (&&'static str, &ViewId)| {
        (*view, Written { id: id.clone(), projector: projector.clone() })
    };
    ViewIds::new(ids.iter().map(written).collect())
}

impl ReadModels {
    /// Claims a consumer, which is created first unless it is there. What it sets up is done by `set_up`.
    async fn claim(
        &self,
        (name, version): (String, u32),
        world: &World,
        set_up: impl AsyncFnOnce(Box<dyn ConsumerTransaction>) -> Result<Box<dyn ConsumerTransaction>, String>,
    ) -> Result<Claim, String> {
        let id = ConsumerId { component: name.into(), version, context: "*".into() };
        let created = self.store.create_consumer(&id, FirstStart::Beginning, version).await;
        if let Some(created) = created.map_err(|error| in_words(&error))? {
            let transaction = set_up(created.transaction).await?;
            let committed = transaction.commit(created.checkpoint.into()).await;
            committed.map_err(|error| in_words(&error))?;
        }
        let node = NodeId(world.ids.next());
        let claimed = self.store.claim(&id, version, node).await.map_err(|error| in_words(&error))?;
        claimed.ok_or_else(|| {
            format!("an application runs `{id}` on this store: take a store of its own for the test")
        })
    }

    /// Begins to run a projector, with its tables set up.
    pub(super) async fn begin(
        &self,
        meta: &'static ComponentMeta,
        provided: &Provided,
        world: &World,
    ) -> Result<Projecting, String> {
        let available = self.store.connection_type().map(|(type_id, _)| type_id);
        let wanted = meta.handlers.iter().flat_map(|handler| handler.params).find_map(|uses| match uses {
            Uses::Connection(wanted) if available != Some((wanted.type_id)()) => Some(wanted.name),
            _ => None,
        });
        if let Some(wanted) = wanted {
            return Err(format!(
                "`{}` takes a `{wanted}`, which {} does not have: add `.on(..)` with the store of that connection",
                meta.name,
                self.store.describe()
            ));
        }
        let instance = Arc::new(construct(meta, provided).await?);
        let name = world.qualified(meta.name);
        let views = view_ids(&written_by(meta, world), &name);
        let set_up = async |transaction: Box<dyn ConsumerTransaction>| {
            let mut access = Access::write(transaction, views.clone());
            for handler in meta.handlers.iter().filter(|handler| handler.kind == HandlerKind::Setup) {
                let incoming = Incoming::new(MessageRef::None);
                let tables = Tables::of_version(meta.version);
                let mut invocation = Invocation::new(&incoming, None);
                invocation.instance = Some(&**instance);
                invocation.tables = Some(&tables);
                invocation.access = AccessSlot::Exclusive(&mut access);
                let failed = |failure: CallFailure| {
                    format!("`{}`, its setup: {}", handler.name, failure_in_words(&failure))
                };
                call(handler, invocation).await.map_err(failed)?;
            }
            access.into_transaction().await.map_err(|error| in_words(&error))
        };
        let claim = self.claim((name, meta.version), world, set_up).await?;
        Ok(Projecting { meta, instance, claim, views })
    }

    /// Puts an event into the log, where the checkpoint of its projector can stand behind it.
    pub(super) async fn append(&self, message: EventMessage, world: &World) -> Result<StoredEvent, String> {
        let append = Append {
            stream: message.stream.clone(),
            expected: Expected::Any,
            command: CommandId(world.ids.next()),
            recording: Recording { name: "given".to_owned(), digest: 0, cause: None, at: world.now() },
            events: vec![message.clone()],
            closes: false,
        };
        let appended = self.store.append(append, clock::deadline(APPEND_TIME)).await;
        let appended = appended.map_err(|error| format!("the store does not take the event: {error}"))?;
        let message = EventMessage { version: appended.first_version, ..message };
        Ok(StoredEvent { position: appended.first, message })
    }

    /// Writes rows as somebody else has written them.
    pub(super) async fn put_rows(
        &self,
        rows: Vec<OneOf>,
        ids: &HashMap<&'static str, ViewId>,
        world: &World,
    ) -> Result<(), String> {
        let claim =
            self.claim((world.qualified("given"), 1), world, async |transaction| Ok(transaction)).await?;
        let mut transaction = self.store.begin(&claim).await.map_err(|error| in_words(&error))?;
        for OneOf { meta, json, row, .. } in rows {
            let (id, indexes) = row.ok_or_else(|| format!("`{}` is no view", meta.name))?;
            if id.is_empty() {
                return Err(format!("a row of view `{}` has an empty id", meta.name));
            }
            let view =
                ids.get(meta.name).ok_or_else(|| format!("the view `{}` is not read here", meta.name))?;
            let indexes = indexes.into_iter().map(|(field, value)| (field.into(), value)).collect();
            let put = transaction.put_view_row(view, ViewRow { id, body: json, indexes }).await;
            put.map_err(|error| in_words(&error))?;
        }
        transaction.commit(claim.checkpoint.into()).await.map_err(|error| in_words(&error))
    }

    /// All rows of a view, by their ids.
    pub(super) async fn rows(&self, view: &ViewId) -> Result<Vec<Box<serde_json::value::RawValue>>, String> {
        let mut rows = Vec::new();
        for number in 0.. {
            let found = self.store.find_view_rows(view, &ViewMatch::All, Page::new(number, PAGE)).await;
            let found = found.map_err(|error| in_words(&error))?;
            let is_last = found.len() < PAGE as usize;
            rows.extend(found);
            if is_last {
                break;
            }
        }
        Ok(rows)
    }

    /// The row of an id.
    pub(super) async fn row(
        &self,
        view: &ViewId,
        id: &str,
    ) -> Result<Option<Box<serde_json::value::RawValue>>, String> {
        self.store.view_row(view, id).await.map_err(|error| in_words(&error))
    }
}

impl Projecting {
    /// Lets the projector handle an event. What it wrote is there when it succeeded, and only then.
    pub(super) async fn handle(
        &self,
        handler: &'static HandlerMeta,
        event: &StoredEvent,
        scope: &Scope,
        replay: ReplayStatus,
        models: &ReadModels,
    ) -> Result<(), CallFailure> {
        let failed = |error: StoreError| CallFailure::Failed(Error::new(error));
        let transaction = models.store.begin(&self.claim).await.map_err(failed)?;
        let mut access = Access::write(transaction, self.views.clone());
        let (incoming, tables) =
            (Incoming::new(MessageRef::Stored(event)), Tables::of_version(self.meta.version));
        let mut invocation = Invocation::new(&incoming, Some(scope));
        invocation.instance = Some(&**self.instance);
        invocation.tables = Some(&tables);
        invocation.access = AccessSlot::Exclusive(&mut access);
        invocation.replay = replay;
        call(handler, invocation).await?;
        let transaction = access.into_transaction().await.map_err(failed)?;
        transaction.commit(event.into()).await.map_err(failed)
    }
}

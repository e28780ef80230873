//! Who sees what is exercised: two interceptors, and the log.
//!
//! A handler that sends a command or asks a query waits for the handler of that within its own call, in the same task. So the innermost
//! interceptor says in the task which handler is called, and the outermost one of whatever is called within sees it.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::TryStreamExt;

use super::{Coverage, Exercise, process};
use crate::{
    bundle::BundleMeta,
    component::{ComponentKind, ComponentMeta, HandlerKind, Receiver},
    error::Result,
    interceptor::{Call, Handled, Interceptor, Next},
    message::{EventMessage, Position},
    registry::names,
    store::{LogQuery, StateStore, StoreError, log_events},
};

tokio::task_local! {
    /// The component and the handler that are called.
    static CALLED: (&'static str, &'static str);
}

/// The number of the next application of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// How often something was seen.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<BTreeMap<Exercise, u64>>>);

impl Seen {
    fn note(&self, exercise: Exercise) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *seen.entry(exercise).or_default() += 1;
    }
}

/// Sees what one application does.
pub(in crate::testing) struct Witness {
    bundle: BundleMeta,
    number: u64,
    /// What is behind it in the log was decided since.
    from: Position,
    replaced: BTreeSet<&'static str>,
    stood_in: BTreeSet<&'static str>,
    seen: Seen,
}

impl Witness {
    pub(in crate::testing::bundle) fn new(bundle: BundleMeta) -> Self {
        let (number, from) = (NEXT.fetch_add(1, Ordering::Relaxed), Position::START);
        let (replaced, stood_in) = (BTreeSet::new(), BTreeSet::new());
        Self { bundle, number, from, replaced, stood_in, seen: Seen::default() }
    }

    /// A component is replaced by a fake.
    pub(in crate::testing::bundle) fn replaces(&mut self, component: &'static str) {
        self.replaced.insert(component);
    }

    /// What belongs to another bundle is handled here.
    pub(in crate::testing::bundle) fn stands_in_for(&mut self, payloads: Vec<&'static str>) {
        self.stood_in.extend(payloads);
    }

    /// What is in the log up to there was there before.
    pub(in crate::testing::bundle) fn beginning_at(self, head: Position) -> Self {
        Self { from: head, ..self }
    }

    /// The outermost interceptor.
    pub(in crate::testing::bundle) fn of_senders(&self) -> impl Interceptor + use<> {
        OfSenders(self.seen.clone())
    }

    /// The innermost interceptor.
    pub(in crate::testing::bundle) fn of_handlers(&self) -> impl Interceptor + use<> {
        OfHandlers(self.seen.clone())
    }

    /// What was seen up to now.
    pub(in crate::testing::bundle) async fn coverage(
        &self,
        store: &dyn StateStore,
    ) -> Result<Coverage, StoreError> {
        let mut coverage = Coverage::of(&self.bundle, &self.stood_in);
        coverage.set_aside.clone_from(&self.replaced);
        for (exercise, times) in &*self.seen.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // What a fake does is not done by the component whose name it has.
            if !self.replaced.contains(exercise.component()) {
                coverage.add(*exercise, *times);
            }
        }
        let query = LogQuery { after: self.from.into(), ..LogQuery::default() };
        let mut events = pin!(log_events(store, query));
        while let Some(event) = events.try_next().await? {
            self.add_event(&mut coverage, &event.message);
        }
        process::tell(self.number, coverage.clone());
        Ok(coverage)
    }

    /// Counts who has decided an event, and who has applied it.
    fn add_event(&self, coverage: &mut Coverage, event: &EventMessage) {
        let decided = self.bundle.components.iter().find(|component| component.name == event.stream.kind);
        let Some(decided) = decided.filter(|component| !self.replaced.contains(component.name)) else {
            return;
        };
        for handler in decided.handlers {
            let mut name = None;
            handler.decides.for_each(&mut |payload| {
                if payload.name == event.name {
                    name = Some(payload.name);
                }
            });
            if let Some(name) = name {
                coverage.add(Exercise::EventDecided { component: decided.name, event: name }, 1);
                break;
            }
        }
        if let Some(handler) = sourcing(decided, event) {
            coverage.add(Exercise::HandlerCalled { component: decided.name, handler }, 1);
        }
    }
}

/// The handler that applies an event: a life starts with the first event, and once.
fn sourcing(aggregate: &ComponentMeta, event: &EventMessage) -> Option<&'static str> {
    let is_first = event.version == 1;
    let mut handlers = aggregate.handlers.iter().filter(|handler| {
        handler.kind == HandlerKind::EventSourcing
            && (handler.receiver == Receiver::None) == is_first
            && handler.payload.is_some_and(|payload| names(payload).any(|name| name == event.name))
    });
    handlers.next().map(|handler| handler.name)
}

struct OfSenders(Seen);

#[async_trait]
impl Interceptor for OfSenders {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        if let (Ok((component, handler)), Some(payload)) = (CALLED.try_with(|called| *called), call.payload())
        {
            match call.role() {
                ComponentKind::Aggregate | ComponentKind::Service => {
                    self.0.note(Exercise::CommandSent { component, handler, command: payload });
                }
                ComponentKind::Projection => {
                    self.0.note(Exercise::QueryAsked { component, handler, query: payload });
                }
                _ => {}
            }
        }
        next.run(call).await
    }
}

struct OfHandlers(Seen);

#[async_trait]
impl Interceptor for OfHandlers {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        let (component, handler) = (call.component(), call.handler());
        // Which handler of an aggregate decides, and whether any does, is known when its state is loaded.
        if call.role() != ComponentKind::Aggregate {
            self.0.note(Exercise::HandlerCalled { component, handler });
        }
        let ended = CALLED.scope((component, handler), next.run(call)).await;
        if let Some(handler) = call.decided() {
            self.0.note(Exercise::HandlerCalled { component, handler });
        }
        ended
    }
}

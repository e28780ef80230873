//! Reading one's own write: a query waits until the projectors whose read models it is answered from have the events of a
//! receipt.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use super::Gateway;
use crate::{
    capability::Pinned,
    message::{Position, StoredEvent},
    outcome::{QueryError, Refusal},
    registry::QueryRoute,
    store::{ConsumerId, StoreError},
};

/// How often to ask how far another process is: so often at first, and then ever less.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LAST_LOOK: Duration = Duration::from_millis(100);
/// How often to see to it that a consumer which this process runs is still the one to wait for.
const STILL_SERVES: Duration = Duration::from_millis(500);
/// The context of a consumer that is bound to none.
const ALL_CONTEXTS: &str = "*";
/// How many dead events are read at once.
const PAGE: usize = 50;

/// A projector of the bundle, for those who read what it writes.
pub(crate) struct Projector {
    /// Its name within the bundle.
    pub(crate) name: Arc<str>,
    /// The version of its code.
    pub(crate) version: u32,
    /// The stored names of the events that it handles.
    pub(crate) handles: HashSet<&'static str>,
    /// The contexts of its consumers.
    pub(crate) contexts: Arc<[Cow<'static, str>]>,
}

/// The projectors of a bundle by the names of their components.
pub(crate) type Projectors = HashMap<&'static str, Projector>;

/// Where a consumer is that this process runs.
#[derive(Clone, Copy)]
pub(crate) struct Here {
    pub(crate) position: Position,
    /// How many events it has put aside.
    pub(crate) parked: u64,
}

/// Follows a consumer.
pub(crate) trait Follow: Send + Sync {
    /// Where it is; `None` when this process does not run it now.
    fn here(&mut self) -> Option<Here>;

    /// Waits until that may have changed. Returns whether it ever can.
    fn changed(&mut self) -> BoxFuture<'_, bool>;
}

/// Those who know how far consumers are.
#[async_trait]
pub(crate) trait Followed: Send + Sync + 'static {
    /// Follows a consumer of this process.
    fn follow(&self, consumer: &ConsumerId) -> Option<Box<dyn Follow>>;

    /// Where the consumers of a version of a projector are, as their processes have told the store.
    async fn told(&self, projector: &str, version: u32) -> Result<Vec<(ConsumerId, Position)>, StoreError>;
}

/// A consumer that has to come to a position.
struct Due {
    consumer: ConsumerId,
    until: Position,
    /// Where it is.
    position: Position,
    /// This process, when it runs the consumer.
    follow: Option<(Box<dyn Follow>, Here)>,
}

/// Waits for one projector.
struct Wait<'w> {
    gateway: &'w Gateway,
    query: &'w str,
    projector: &'w Projector,
    /// Those of the receipts that it handles, in order.
    events: Vec<&'w StoredEvent>,
    deadline: Instant,
}

impl Gateway {
    /// Waits until the projectors whose read models a query is answered from have the events of receipts. Returns the versions
    /// that have.
    pub(super) async fn read_after(
        &self,
        query: &str,
        route: &QueryRoute,
        receipts: &[Arc<[StoredEvent]>],
        deadline: Instant,
    ) -> Result<Pinned, QueryError> {
        let mut pinned = Pinned::new();
        if receipts.iter().all(|events| events.is_empty()) {
            return Ok(pinned);
        }
        for projector in route.sources.iter().filter_map(|name| self.projectors.get(name)) {
            let events = receipts.iter().flat_map(|events| events.iter());
            let mut events: Vec<_> =
                events.filter(|event| projector.handles.contains(&*event.message.name)).collect();
            events.sort_by_key(|event| event.position);
            if !events.is_empty() {
                let wait = Wait { gateway: self, query, projector, events, deadline };
                pinned.insert(projector.name.clone(), wait.wait().await?);
            }
        }
        Ok(pinned)
    }
}

impl Wait<'_> {
    /// Waits, and returns the version that has the events.
    async fn wait(&self) -> Result<u32, QueryError> {
        let mut pause = FIRST_LOOK;
        let mut last = None;
        loop {
            let looking = async {
                let version =
                    self.gateway.serving.version(&self.projector.name, self.projector.version).await?;
                Ok::<_, StoreError>((version, self.look(version).await?))
            };
            let Ok(looked) = timeout_at(self.deadline, looking).await else {
                return Err(self.too_late(last));
            };
            let (version, mut due) = looked?;
            let Some(behind) = due.iter_mut().find(|due| due.position < due.until) else {
                self.check_parked(&due).await?;
                return Ok(version);
            };
            last = Some((behind.consumer.clone(), behind.position, behind.until));
            if self.gateway.in_flight.is_closed() {
                return Err(self.refused(Refusal::ShuttingDown));
            }
            let pausing = async {
                match &mut behind.follow {
                    Some((follow, _)) => self.follow(&mut **follow, behind.until).await,
                    None => {
                        sleep(pause).await;
                        pause = (pause * 2).min(LAST_LOOK);
                    }
                }
            };
            if timeout_at(self.deadline, pausing).await.is_err() {
                // What was known of it may be old by now.
                let last = match &mut behind.follow {
                    Some((follow, _)) => follow.here().map(|here| here.position),
                    None => None,
                };
                let position = last.unwrap_or(behind.position);
                if position < behind.until {
                    return Err(self.too_late(Some((behind.consumer.clone(), position, behind.until))));
                }
            }
        }
    }

    /// Waits until a consumer of this process is at a position, or it is time to see whether it still is the one to wait for.
    async fn follow(&self, follow: &mut dyn Follow, until: Position) {
        let follows = async {
            while follow.here().is_some_and(|here| here.position < until) {
                if !follow.changed().await {
                    // Whoever ran it has stopped.
                    sleep(LAST_LOOK).await;
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(STILL_SERVES, follows).await;
    }

    /// Where the consumers of a version are that handle the events.
    async fn look(&self, version: u32) -> Result<Vec<Due>, StoreError> {
        let projector = self.projector;
        let followed = self.gateway.followed.get();
        let mut due = Vec::new();
        if version == projector.version {
            for context in &*projector.contexts {
                let Some(until) = self.last_in(context) else { continue };
                let component = projector.name.to_string().into();
                let consumer = ConsumerId { component, version, context: context.clone() };
                let follow = followed.and_then(|followed| followed.follow(&consumer));
                let follow = follow.and_then(|mut follow| follow.here().map(|here| (follow, here)));
                let position = follow.as_ref().map_or(Position::START, |(_, here)| here.position);
                due.push(Due { consumer, until, position, follow });
            }
            if due.iter().all(|due| due.follow.is_some()) {
                return Ok(due);
            }
        }
        let told = match followed {
            Some(followed) => followed.told(&projector.name, version).await?,
            None => Vec::new(),
        };
        if version != projector.version && told.is_empty() {
            // Its consumers are gone, or on their way.
            let (component, context) = (projector.name.to_string().into(), ALL_CONTEXTS.into());
            let consumer = ConsumerId { component, version, context };
            let until = self.last_in(ALL_CONTEXTS).unwrap_or_default();
            due.push(Due { consumer, until, position: Position::START, follow: None });
        }
        for (consumer, position) in told {
            match due.iter_mut().find(|due| due.consumer == consumer) {
                Some(due) => due.position = due.position.max(position),
                // Which contexts the consumers of another version have is known only now.
                None if version != projector.version => {
                    let Some(until) = self.last_in(&consumer.context) else { continue };
                    due.push(Due { consumer, until, position, follow: None });
                }
                None => {}
            }
        }
        Ok(due)
    }

    /// The last of the events that a consumer of a context handles.
    fn last_in(&self, context: &str) -> Option<Position> {
        self.all_in(context).pop()
    }

    /// The events that a consumer of a context handles, in order.
    fn all_in(&self, context: &str) -> Vec<Position> {
        let mut positions = Vec::new();
        for event in &self.events {
            if context == ALL_CONTEXTS || event.message.context.as_str() == context {
                positions.push(event.position);
            }
        }
        positions
    }

    /// Fails when one of the events is put aside.
    async fn check_parked(&self, due: &[Due]) -> Result<(), QueryError> {
        for due in due.iter().filter(|due| due.follow.as_ref().is_none_or(|(_, here)| here.parked > 0)) {
            let mut events = self.all_in(&due.consumer.context).into_iter().peekable();
            while let Some(next) = events.peek() {
                let after = Position(next.0.saturating_sub(1));
                let store = &self.gateway.environment.store;
                let reading = timeout_at(self.deadline, store.dead_events(&due.consumer, after, PAGE));
                let dead = reading.await.map_err(|_elapsed| StoreError::unanswered())??;
                let Some(last) = dead.last().map(|last| last.position) else { break };
                while let Some(position) = events.next_if(|position| *position <= last) {
                    let Some(dead) = dead.iter().find(|dead| dead.position == position) else { continue };
                    return Err(QueryError::Parked {
                        query: self.query.to_owned(),
                        projector: due.consumer.clone(),
                        position,
                        key: dead.key.clone(),
                        error: dead.error.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn too_late(&self, last: Option<(ConsumerId, Position, Position)>) -> QueryError {
        let Some((projector, position, until)) = last else {
            return self.refused(Refusal::DeadlinePassed);
        };
        let behind = until.0.saturating_sub(position.0);
        QueryError::NotYet { query: self.query.to_owned(), projector, position, until, behind }
    }

    fn refused(&self, refusal: Refusal) -> QueryError {
        QueryError::Refused { query: self.query.to_owned(), refusal }
    }
}

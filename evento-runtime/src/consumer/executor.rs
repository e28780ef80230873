//! Executors: how many handlers of observers run at once.
//!
//! One that has a name is shared by all handlers of the application that name it. Handlers that name none share one of their own
//! consumer, so that a slow consumer costs no other one its turn. A place is taken for an attempt and given back with its end: who
//! waits for the next attempt, or for the store, has none.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    sync::Arc,
};

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    component::{ComponentMeta, HandlerMeta},
    registry::near,
};

/// What is wrong with the executors of an application.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecutorError {
    /// A bound that lets nothing through.
    #[error("`{given}` of the builder lets nothing through: give 1 or more")]
    Zero {
        /// The call of the builder.
        given: String,
    },
    /// Two executors have one name.
    #[error("the builder is given two executors called `{name}`: give one, which all its handlers share")]
    Twice {
        /// The name.
        name: String,
    },
    /// A handler names an executor that the builder was not given.
    #[error(
        "`{component}::{handler}` is to run on executor `{executor}`, which the builder was not given: {}; add `.executor(\"{executor}\", ..)`",
        there_are(.known, .similar)
    )]
    Unknown {
        /// The component.
        component: &'static str,
        /// Its handler.
        handler: &'static str,
        /// The name.
        executor: &'static str,
        /// The names of those that there are, sorted.
        known: Vec<String>,
        /// The one that was probably meant.
        similar: Option<String>,
    },
}

fn there_are(known: &[String], similar: &Option<String>) -> String {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match similar {
        _ if known.is_empty() => "there is none".to_owned(),
        Some(similar) => format!("there is {list}; did you mean `{similar}`?"),
        None => format!("there is {list}"),
    }
}

/// So many handlers may run at once. Cheap to clone: all clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Executor {
    bound: usize,
    places: Arc<Semaphore>,
}

impl Executor {
    fn new(bound: usize) -> Self {
        let bound = bound.clamp(1, Semaphore::MAX_PERMITS);
        Self { bound, places: Arc::new(Semaphore::new(bound)) }
    }

    /// How many may run at once.
    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    /// Waits for a place, behind those who came before. Dropped, it is free again.
    pub(super) async fn place(&self) -> OwnedSemaphorePermit {
        self.places.clone().acquire_owned().await.expect("nobody closes an executor")
    }
}

/// The executors that an application was given, by name.
#[derive(Debug, Default)]
pub(crate) struct NamedExecutors(BTreeMap<String, Executor>);

impl NamedExecutors {
    /// Makes those that were given, with how many handlers each may run at once. Everything that is wrong is told at once.
    pub(crate) fn new(
        given: &[(String, usize)],
        components: &[&'static ComponentMeta],
    ) -> Result<Self, Vec<ExecutorError>> {
        let (mut named, mut errors) = (BTreeMap::new(), Vec::new());
        for (name, bound) in given {
            if *bound == 0 {
                errors.push(ExecutorError::Zero { given: format!(".executor({name:?}, 0)") });
            }
            match named.entry(name.clone()) {
                Entry::Vacant(vacant) => drop(vacant.insert(Executor::new(*bound))),
                Entry::Occupied(_) => errors.push(ExecutorError::Twice { name: name.clone() }),
            }
        }
        let mut unused: Vec<_> = named.keys().map(String::as_str).collect();
        for component in components {
            for handler in component.handlers {
                let Some(executor) = handler.executor else { continue };
                unused.retain(|name| *name != executor);
                if !named.contains_key(executor) {
                    errors.push(unknown(component.name, handler.name, executor, &named));
                }
            }
        }
        for executor in unused {
            tracing::warn!(executor, "the builder is given an executor that no handler names");
        }
        if errors.is_empty() { Ok(Self(named)) } else { Err(errors) }
    }

    /// Those of a consumer, whose handlers that name none run so many at once.
    pub(crate) fn of(&self, component: &ComponentMeta, bound: usize) -> Executors {
        let (mut lanes, mut by_name) = (Vec::new(), HashMap::new());
        for handler in component.handlers {
            by_name.entry(handler.executor).or_insert_with(|| {
                let named = handler.executor.and_then(|name| self.0.get(name));
                lanes.push(named.cloned().unwrap_or_else(|| Executor::new(bound)));
                lanes.len() - 1
            });
        }
        Executors { lanes, by_name }
    }
}

fn unknown(
    component: &'static str,
    handler: &'static str,
    executor: &'static str,
    named: &BTreeMap<String, Executor>,
) -> ExecutorError {
    let known: Vec<_> = named.keys().cloned().collect();
    let similar = near(executor, named.keys().map(String::as_str));
    ExecutorError::Unknown { component, handler, executor, known, similar }
}

/// The executors of a consumer, each of which is a lane for the events of its handlers.
pub(crate) struct Executors {
    lanes: Vec<Executor>,
    /// Those that have no name are the consumer's own.
    by_name: HashMap<Option<&'static str>, usize>,
}

impl Executors {
    /// The executors, by lane.
    pub(super) fn lanes(&self) -> &[Executor] {
        &self.lanes
    }

    /// The lane of a handler of the consumer.
    pub(super) fn lane(&self, handler: &HandlerMeta) -> usize {
        self.by_name.get(&handler.executor).copied().unwrap_or_default()
    }

    /// The executor of a handler of the consumer.
    pub(super) fn of(&self, handler: &HandlerMeta) -> &Executor {
        &self.lanes[self.lane(handler)]
    }
}

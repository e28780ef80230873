//! Starting an application: choose a store, provide what components need, start.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use futures_core::future::BoxFuture;
use thiserror::Error;

use super::{App, BundleMeta, assemble};
use crate::{
    clock::{Clock, IdSource, SystemClock, TimeOrderedIds},
    command::AggregateOptions,
    component::{ComponentMeta, Consumer, Provided, linked},
    consumer::{ConsumerOptions, ExecutorError, NamedExecutors, SetupError, VersionError},
    environment::Environment,
    error::Error,
    gateway::GatewayOptions,
    interceptor::Interceptor,
    message::Context,
    metrics::{self, Metrics},
    outcome::is_transient,
    payload::PayloadMeta,
    registry::GraphError,
    store::{ReplayCommands, SharedStore, StateStore, StoreError},
};

/// Heartbeats that come more often than thrice in this time would be a load.
pub(super) const SHORTEST_LEASE: Duration = Duration::from_millis(100);
/// Nobody should have to wait longer for a process that died.
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(60 * 60);

/// A bundle that nobody wrote down: every component that is linked into the program.
pub enum Bundle {}

impl Bundle {
    /// A builder for all linked components, for scripts and prototypes. What `bundle!` checks at compile time is checked at
    /// start.
    ///
    /// The linker drops crates that nobody names, and their components with them: write `use that_crate as _;` for each crate
    /// with components that is used in no other way.
    #[must_use]
    pub fn discovered(id: &'static str, version: u32) -> Builder {
        Builder::of(id, version, linked(), Vec::new())
    }
}

/// No store was chosen yet.
pub struct NoStore;

/// A store was chosen.
pub struct Chosen(SharedStore);

/// The builder has what it needs to start.
#[diagnostic::on_unimplemented(
    message = "no store was chosen, so the application cannot start",
    label = "call `.state_store(..)` before `.start()`",
    note = "for instance `.state_store(SqliteStore::open(\"app.db\").await?)` or `.state_store(MemoryStore::new())`"
)]
pub trait ChosenStore {
    #[doc(hidden)]
    fn into_store(self) -> SharedStore;
}

impl ChosenStore for Chosen {
    fn into_store(self) -> SharedStore {
        self.0
    }
}

/// Puts an application together.
pub struct Builder<S = NoStore> {
    store: S,
    pub(super) plan: Plan,
}

/// Everything but the store.
pub(super) struct Plan {
    pub(super) id: &'static str,
    pub(super) version: u32,
    pub(super) components: Vec<&'static ComponentMeta>,
    pub(super) remote: Vec<&'static PayloadMeta>,
    pub(super) provided: Provided,
    pub(super) contexts: HashMap<&'static str, Vec<Context>>,
    pub(super) from_beginning: HashMap<&'static str, ReplayCommands>,
    pub(super) gateway: GatewayOptions,
    pub(super) consumers: ConsumerOptions,
    /// With how many handlers each may run at once.
    pub(super) executors: Vec<(String, usize)>,
    /// Those that are made of them at start.
    pub(super) named_executors: NamedExecutors,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) interceptors: Vec<Arc<dyn Interceptor>>,
}

impl Builder {
    /// A builder for a bundle. Usually called as `TodoBundle::builder()`.
    #[must_use]
    pub fn new(bundle: BundleMeta) -> Self {
        Self::of(bundle.id, bundle.version, bundle.components.to_vec(), bundle.remote.to_vec())
    }

    pub(super) fn of(
        id: &'static str,
        version: u32,
        components: Vec<&'static ComponentMeta>,
        remote: Vec<&'static PayloadMeta>,
    ) -> Self {
        let plan = Plan {
            id,
            version,
            components,
            remote,
            provided: Provided::default(),
            contexts: HashMap::new(),
            from_beginning: HashMap::new(),
            gateway: GatewayOptions::default(),
            consumers: ConsumerOptions::default(),
            executors: Vec::new(),
            named_executors: NamedExecutors::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(TimeOrderedIds),
            interceptors: Vec::new(),
        };
        Self { store: NoStore, plan }
    }

    /// The store of everything durable.
    #[must_use]
    pub fn state_store(self, store: impl StateStore) -> Builder<Chosen> {
        self.shared_store(Arc::new(store))
    }

    /// A store that others use too, for instance a second bundle in the same process.
    #[must_use]
    pub fn shared_store(self, store: SharedStore) -> Builder<Chosen> {
        Builder { store: Chosen(store), plan: self.plan }
    }
}

impl<S> Builder<S> {
    /// A value for the `#[inject]` constructors that ask for its type; each gets a clone.
    #[must_use]
    pub fn provide<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.plan.provided.insert(value);
        self
    }

    /// Binds a consumer to contexts: it becomes one consumer for each of them, with a checkpoint of its own, and handles no
    /// events of other contexts. A consumer that is not bound handles the events of all contexts in one order.
    ///
    /// A consumer that has run unbound does not hand its checkpoint on: bound to contexts, it is a new consumer in each.
    #[must_use]
    pub fn contexts<C: Consumer>(mut self, contexts: impl IntoIterator<Item = Context>) -> Self {
        let bound = self.plan.contexts.entry(C::META.name).or_default();
        for context in contexts {
            if !bound.contains(&context) {
                bound.push(context);
            }
        }
        self
    }

    /// Lets an observer or a saga that is new begin with the first event of the log, and not behind the last one. What is in the log
    /// when it is created counts as handled before: its handlers are told by [`ReplayStatus`](crate::handler::ReplayStatus), and
    /// the commands that they send for it go nowhere, unless `replay` is [`ReplayCommands::Sent`]. It changes nothing for one that
    /// has run already, for which there is [`App::reset`], nor for a projector, which always begins there.
    #[must_use]
    pub fn from_beginning<C: Consumer>(mut self, replay: ReplayCommands) -> Self {
        self.plan.from_beginning.insert(C::META.name, replay);
        self
    }

    /// How long senders and askers wait that say nothing else. Default: 30 s.
    #[must_use]
    pub fn default_deadline(mut self, deadline: Duration) -> Self {
        self.plan.gateway.deadline = deadline;
        self
    }

    /// How many commands and queries from outside may be in flight at once, and how many more may wait for a place until
    /// their deadline. Those beyond are refused. Default: 512 and 4,096.
    #[must_use]
    pub fn in_flight(mut self, limit: usize, waiting: usize) -> Self {
        (self.plan.gateway.in_flight, self.plan.gateway.waiting) = (limit, waiting);
        self
    }

    /// How many bytes of aggregate states are cached. Default: 64 MiB.
    #[must_use]
    pub fn state_cache(mut self, bytes: usize) -> Self {
        self.plan.gateway.aggregates =
            AggregateOptions { cache_bytes: bytes, ..self.plan.gateway.aggregates };
        self
    }

    /// How long an idle consumer waits before it looks into the log by itself. Within a process consumers are woken at once;
    /// this is how late they see what other processes append. Default: 500 ms.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.plan.consumers.poll = interval;
        self
    }

    /// How long this process keeps its consumers when it is not heard of: others take them over after that time, and it stops
    /// them by itself shortly before. A heartbeat renews it three times as often. Default: 5 s.
    ///
    /// A shorter lease means that others take over sooner, and that a process which is slow for a moment loses its consumers
    /// sooner, too. On SQLite, a handler that holds a transaction may take at most a third of it.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.plan.consumers.lease = lease;
        self
    }

    /// How long a consumer's handler may take. Default: 30 s; 5 s for a projector's, which holds a transaction meanwhile.
    #[must_use]
    pub fn handler_time(mut self, handler: Duration, in_transaction: Duration) -> Self {
        (self.plan.consumers.handler_time, self.plan.consumers.transaction_time) = (handler, in_transaction);
        self
    }

    /// How many keys a consumer may put aside within a time because their events fail. When one more fails, the consumer pauses
    /// before its event instead of putting the log aside, says why, and goes on when it is [resumed](App::resume). A
    /// store that cannot be reached never counts. Default: 20 keys within a minute.
    ///
    /// The time is measured by a clock that is never set, from when a process began to run the consumer.
    #[must_use]
    pub fn pause_after(mut self, keys: usize, within: Duration) -> Self {
        self.plan.consumers.parked_keys = (keys, within);
        self
    }

    /// An executor for the handlers of observers that name it by `#[event_handler(executor = "name")]`: so many attempts at them
    /// run at once, in this process, whichever observers and contexts they belong to. A handler that names an executor which the
    /// builder was not given is a [`StartError`].
    ///
    /// Which events run at once is not decided by the executor: those of one stream never do. A handler that waits for its next
    /// attempt takes no place.
    #[must_use]
    pub fn executor(mut self, name: impl Into<String>, concurrency: usize) -> Self {
        self.plan.executors.push((name.into(), concurrency));
        self
    }

    /// How many events each observer handles at once whose handlers name no [`executor`](Self::executor); of one stream it is
    /// always one after the other. An observer that is bound to several contexts has so many places in each. Default: 16.
    ///
    /// With 1, an observer handles the events of the log one by one in their order, but for those that fail: while one waits for
    /// its next attempt, those of other streams go on.
    #[must_use]
    pub fn observer_concurrency(mut self, concurrency: usize) -> Self {
        self.plan.consumers.concurrency = concurrency;
        self
    }

    /// How far an observer may be ahead of the first event that it has not done, which may be one that takes long or is tried
    /// again and again: so many events further it waits for it, whatever else there is, or when what it has read and not done has
    /// so many bytes. Default: 10,000 events and 4 MiB.
    ///
    /// What was done behind that event is handled again after a crash. Of the bytes, each consumer may read two pages more, of at
    /// most 4 MiB each, and a single event that is larger is handled alone.
    #[must_use]
    pub fn observer_window(mut self, events: usize, bytes: usize) -> Self {
        self.plan.consumers.window = (events, bytes);
        self
    }

    /// Stands around every attempt at every handler, within those that were given before. See [`Interceptor`].
    #[must_use]
    pub fn interceptor(mut self, interceptor: impl Interceptor) -> Self {
        self.plan.interceptors.push(Arc::new(interceptor));
        self
    }

    /// The clock that stamps messages, in place of the operating system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.plan.clock = Arc::new(clock);
        self
    }

    /// The source of identities, in place of time-ordered UUIDs.
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.plan.ids = Arc::new(ids);
        self
    }

    /// Checks everything, builds the components, records where new consumers begin, and starts.
    ///
    /// # Errors
    /// See [`StartError`]. Mistakes in the graph, and values that were not provided, are all told at once.
    pub fn start(self) -> BoxFuture<'static, Result<App, StartError>>
    where
        S: ChosenStore,
    {
        // Not an `async fn`, of which rustc would tell three times that there is no store.
        self.plan.starting(self.store.into_store())
    }
}

impl Plan {
    /// Boxed here, so that it is compiled here: what is in a function with type parameters is compiled in every program.
    fn starting(self, store: SharedStore) -> BoxFuture<'static, Result<App, StartError>> {
        Box::pin(self.start(store))
    }

    async fn start(self, store: SharedStore) -> Result<App, StartError> {
        metrics::describe();
        let labels = |component: &'static ComponentMeta| {
            component.handlers.iter().map(move |handler| handler.labels(component))
        };
        let environment = Environment {
            store,
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            interceptors: self.interceptors.iter().cloned().collect(),
            metrics: Arc::new(Metrics::new(self.components.iter().copied().flat_map(labels))),
        };
        let in_bundle: HashSet<_> = self.components.iter().map(|component| component.source).collect();
        for stranger in linked().iter().filter(|component| !in_bundle.contains(&component.source)) {
            tracing::debug!(
                bundle = self.id,
                component = stranger.name,
                "a linked component is not in this bundle"
            );
        }
        assemble::start(self, environment).await
    }
}

/// One value that a component needs and nobody provided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The component.
    pub component: &'static str,
    /// The type of the value.
    pub type_name: &'static str,
}

/// Why an application did not start. Nothing runs.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The graph of the components is not sound.
    #[error("the bundle is not sound: {}", list(.0))]
    Graph(Vec<GraphError>),
    /// Components need values that were not provided.
    #[error("not provided: {}; add `.provide(..)` to the builder", list_missing(.0))]
    Missing(Vec<Missing>),
    /// A component wants a connection that the store does not have.
    #[error(
        "`{component}` takes a `{connection}`, which {store} does not have: use the store of that connection, or `&Views`"
    )]
    Connection {
        /// The component.
        component: &'static str,
        /// The connection.
        connection: &'static str,
        /// The store.
        store: String,
    },
    /// A constructor failed.
    #[error("`{component}` cannot be built: {error:#}")]
    Construct {
        /// The component.
        component: &'static str,
        /// Its error.
        #[source]
        error: Error,
    },
    /// The tables of a consumer could not be set up.
    #[error("consumer `{component}` cannot be created: {source}")]
    Setup {
        /// The component.
        component: &'static str,
        /// What failed.
        #[source]
        source: SetupError,
    },
    /// The builder was told something of a consumer that is not in the bundle.
    #[error(
        "`{component}` was given contexts or a beginning, but is not in the bundle: add it to `components: [..]`"
    )]
    NotInBundle {
        /// The component.
        component: &'static str,
    },
    /// A consumer was bound to something that is no context.
    #[error(
        "`{component}` is bound to a context without a name, or to `*`: a consumer that is not bound reads all contexts"
    )]
    NoContext {
        /// The component.
        component: &'static str,
    },
    /// Executors are not as handlers want them, or a bound lets nothing through.
    #[error("{}", list(.0))]
    Executors(Vec<ExecutorError>),
    /// The lease is shorter or longer than makes sense.
    #[error(
        "a lease of {lease:?} cannot be kept: give `.lease(..)` between {SHORTEST_LEASE:?} and {LONGEST_LEASE:?}"
    )]
    Lease {
        /// What was given.
        lease: Duration,
    },
    /// This version of the code does not go on with what is in the store.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// Whether the same start may succeed later without anybody's doing, for instance because the store did not answer.
    ///
    /// ```
    /// use evento_runtime::{bundle::StartError, store::StoreError};
    /// let away = StoreError::Unavailable { reason: "the connection was refused".into(), source: None };
    /// assert!(StartError::from(away).is_transient());
    /// ```
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error)
            | Self::Version(VersionError::Store(error))
            | Self::Setup { source: SetupError::Store(error), .. } => error.is_transient(),
            Self::Setup { source: SetupError::Failed { error, .. }, .. } | Self::Construct { error, .. } => {
                is_transient(error)
            }
            _ => false,
        }
    }
}

fn list(errors: &[impl fmt::Display]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn list_missing(missing: &[Missing]) -> String {
    let one = |missing: &Missing| format!("`{}` for `{}`", missing.type_name, missing.component);
    missing.iter().map(one).collect::<Vec<_>>().join(", ")
}

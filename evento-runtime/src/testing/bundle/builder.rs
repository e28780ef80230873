//! Putting an application together for a test.

use std::{marker::PhantomData, sync::Arc};

use thiserror::Error;

use super::{
    TestBundle,
    coverage::Witness,
    fake::{FakeError, replace, stand_in},
    ids::SeededIds,
};
use crate::{
    bundle::{Builder, DefinedBundle, StartError},
    clock::ManualClock,
    component::Component,
    memory::MemoryStore,
    message::Timestamp,
    store::{SharedStore, StateStore, StoreError},
    testing::property::Readers,
};

/// The first of January 2026, at which a test begins unless it says otherwise.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Puts an application together for a test. Made by [`TestBundle::builder`].
#[must_use = "nothing runs before `.start()`"]
pub struct TestBuilder<B> {
    builder: Builder,
    store: Option<SharedStore>,
    at: Timestamp,
    seed: u64,
    witness: Witness,
    errors: Vec<FakeError>,
    bundle: PhantomData<fn() -> B>,
}

/// Why a test has no application.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TestStartError {
    /// Fakes do not fit where they were put.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fakes(Vec<FakeError>),
    /// The application did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<B: DefinedBundle> TestBuilder<B> {
    pub(super) fn new() -> Self {
        let (builder, witness) = (Builder::new(B::META), Witness::new(B::META));
        // Whatever stands between the two may refuse a call.
        let builder = builder.interceptor(witness.of_senders());
        let (store, at, seed, errors) = (None, BEGINNING, 0, Vec::new());
        Self { builder, store, at, seed, witness, errors, bundle: PhantomData }
    }

    /// A value for the `#[inject]` constructors that ask for its type, as in production: the way to fake what a component uses, such as a
    /// client for a mail server. To fake a component as a whole, see [`replace`](Self::replace).
    pub fn provide<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.builder = self.builder.provide(value);
        self
    }

    /// Puts a fake in the place of a component. It is annotated like a real one, is of the same kind, and handles at least the
    /// commands and queries of the real one; of the events, as many as it likes. In the log, in `status()` and to its callers it is known by
    /// the name of the real one. Keep a clone to ask it what it was told.
    pub fn replace<Real: Component, Fake: Component + Clone>(mut self, fake: Fake) -> Self {
        match replace::<Real, Fake>(&mut self.builder) {
            Ok(replaced) => self.witness.replaces(replaced),
            Err(error) => self.errors.push(error),
        }
        self.provide(fake)
    }

    /// A service or projection for commands and queries that the bundle leaves to another bundle (`remote: [..]`).
    pub fn stand_in<Fake: Component + Clone>(mut self, fake: Fake) -> Self {
        match stand_in::<Fake>(&mut self.builder) {
            Ok(payloads) => self.witness.stands_in_for(payloads),
            Err(error) => self.errors.push(error),
        }
        self.provide(fake)
    }

    /// Everything else that a [`Builder`] can do: contexts, interceptors, executors. Clock and identities are those of the test.
    pub fn with(mut self, adjust: impl FnOnce(Builder) -> Builder) -> Self {
        self.builder = adjust(self.builder);
        self
    }

    /// Another store than one in memory, to run the same tests on that of production. It may have a log already.
    pub fn store(self, store: impl StateStore) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// The same, for a store that others use too.
    pub fn shared_store(mut self, store: SharedStore) -> Self {
        self.store = Some(store);
        self
    }

    /// The time that the clock shows at first. Default: the beginning of 2026, UTC.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.at = time;
        self
    }

    /// From what identities are made. The same seed and the same calls give the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Checks everything, builds the components, and starts.
    ///
    /// # Errors
    /// [`TestStartError::Fakes`] names every fake that does not fit; otherwise see [`StartError`].
    pub async fn start(self) -> Result<TestBundle<B>, TestStartError> {
        if !self.errors.is_empty() {
            return Err(TestStartError::Fakes(self.errors));
        }
        let store = self.store.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let clock = ManualClock::at(self.at);
        let ids = SeededIds::new(self.seed, &*store).await?;
        let builder = self.builder.clock(clock.clone()).ids(ids).hurried();
        let readers = Readers::of(&builder);
        let witness = self.witness.beginning_at(store.head().await?);
        let builder = builder.interceptor(witness.of_handlers());
        let app = builder.shared_store(store.clone()).start().await?;
        Ok(TestBundle { app, store, clock, witness, readers, bundle: PhantomData })
    }
}

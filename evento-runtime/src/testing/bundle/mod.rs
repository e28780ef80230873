//! Whole bundles in a test: every component, on a store in memory, with a clock that stands still.

mod builder;
mod coverage;
mod fake;
mod ids;
mod replay;
mod settle;

use std::{marker::PhantomData, time::Duration};

use self::coverage::Witness;
pub(super) use self::settle::Patience;
pub use self::{
    builder::{TestBuilder, TestStartError},
    coverage::{Coverage, Exercise},
    fake::FakeError,
    replay::Replaying,
    settle::{Behind, DueDeadline, SettleError, Settling},
};
use super::property::{self, PrefixError, Prefixes, Readers, SnapshotError, Snapshots};
use crate::{
    bundle::{App, Client, ConsumerName, DefinedBundle, Invoker, ShutdownError},
    clock::ManualClock,
    message::Timestamp,
    store::{SharedStore, StoreError},
};

/// A running application, for a test of all of its components together.
///
/// It runs on a [`MemoryStore`](crate::memory::MemoryStore) unless [`store`](TestBuilder::store) says otherwise, its clock stands still
/// until the test [moves it](Self::advance), its identities are the same in each run, and what fails is tried again at once.
///
/// `TestBundle::<TodoBundle>::start().await?` starts a bundle that needs nothing; [`builder`](Self::builder) provides and replaces.
pub struct TestBundle<B> {
    app: App,
    store: SharedStore,
    clock: ManualClock,
    witness: Witness,
    /// What is started anew on a copy of the log.
    readers: Readers,
    bundle: PhantomData<fn() -> B>,
}

impl<B: DefinedBundle> TestBundle<B> {
    /// Starts the bundle as it is.
    ///
    /// # Errors
    /// See [`TestStartError`].
    pub async fn start() -> Result<Self, TestStartError> {
        Self::builder().start().await
    }

    /// A builder, to provide and replace what the components need.
    pub fn builder() -> TestBuilder<B> {
        TestBuilder::new()
    }

    /// The application.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &SharedStore {
        &self.store
    }

    /// Its clock. Moved by hand, it jumps: see [`advance`](Self::advance).
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The time that its clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        crate::clock::Clock::now(&self.clock)
    }

    /// A client for an invoker of the bundle.
    ///
    /// # Panics
    /// When the invoker is not in the bundle.
    #[must_use]
    pub fn invoker<I: Invoker>(&self) -> Client<I> {
        self.app.invoker()
    }

    /// Waits until the application is at rest: no message is in flight, every consumer has done all that is in the log, and no deadline
    /// is due. Awaited, it gives the head of the log.
    ///
    /// See [`Settling`] for what may be let pass.
    pub fn settle(&self) -> Settling<'_> {
        Settling::new(&self.app, &self.clock, None)
    }

    /// Lets time pass: waits until the application is at rest, moves the clock to the next deadline of a saga, waits again, and so on
    /// until so much time has passed. So each deadline is handled at its time, and what follows from it has its own.
    pub fn advance(&self, by: Duration) -> Settling<'_> {
        Settling::new(&self.app, &self.clock, Some(by))
    }

    /// Pauses a consumer, and waits until it does nothing any more; `app().resume(..)` lets it go on. Until then,
    /// [`except`](Settling::except) tells others to come to rest without it.
    ///
    /// # Errors
    /// [`SettleError::Consumer`] when it is not clear which consumer is meant, [`SettleError::NotPaused`] when it does not stop what it does.
    pub async fn pause(&self, consumer: impl Into<ConsumerName> + Send) -> Result<(), SettleError> {
        settle::pause(&self.app, consumer.into()).await
    }

    /// Builds every read model anew from the log, and compares it with the one that there is, row by row. Awaited, it gives the number of
    /// rows that were compared.
    ///
    /// What makes a difference: a projector that asks the clock of the machine, draws lots or remembers something outside of its
    /// views; one that asks a query, whose answer depends on how far others were; one bound to several contexts, whose consumers write to
    /// the same rows; and a projector that was changed without counting up its version. See [`Replaying`].
    pub fn replay_equals_live(&self) -> Replaying<'_> {
        Replaying::new(&self.app, &*self.store, &self.readers)
    }

    /// [`property::prefixes_replay`] for what is in the log.
    ///
    /// # Errors
    /// See [`PrefixError`].
    pub async fn prefixes_replay(&self) -> Result<Prefixes, PrefixError> {
        self.readers.prefixes(&*self.store).await
    }

    /// [`property::snapshots_equal_replay`] for what is in the log.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub async fn snapshots_equal_replay(&self) -> Result<Snapshots, SnapshotError> {
        property::snapshots_equal_replay::<B>(&*self.store).await
    }

    /// What has been exercised since this was started. It also counts for [`Coverage::of_process`] from now on.
    ///
    /// # Errors
    /// [`StoreError`] when the log cannot be read, in which stands what was decided.
    pub async fn coverage(&self) -> Result<Coverage, StoreError> {
        self.witness.coverage(&*self.store).await
    }

    /// Stops the application. What it has exercised counts for [`Coverage::of_process`].
    ///
    /// # Errors
    /// [`ShutdownError`] when something did not come to rest in time.
    pub async fn shutdown(self) -> Result<(), ShutdownError> {
        if let Err(error) = self.witness.coverage(&*self.store).await {
            tracing::warn!(%error, "what was decided is not counted as exercised");
        }
        self.app.shutdown().await
    }
}

//! Read models that are built anew, compared with those that there are.

use std::future::IntoFuture;

use futures_core::future::BoxFuture;

use super::Patience;
use crate::{
    bundle::App,
    store::StateStore,
    testing::property::{Readers, ReplayError},
};

/// Builds read models anew and compares them, when it is awaited; see
/// [`TestBundle::replay_equals_live`](super::TestBundle::replay_equals_live).
///
/// First it waits until the application is at rest. Then it starts the projectors, and the projections that they may ask, as new components
/// on a copy of the log in memory, and compares the rows of each view as JSON. It gives the number of rows.
#[must_use = "nothing is compared until it is awaited"]
pub struct Replaying<'a> {
    app: &'a App,
    store: &'a dyn StateStore,
    readers: &'a Readers,
    without: Vec<String>,
    orders: Vec<u64>,
}

impl<'a> Replaying<'a> {
    pub(super) fn new(app: &'a App, store: &'a dyn StateStore, readers: &'a Readers) -> Self {
        Self { app, store, readers, without: Vec::new(), orders: Vec::new() }
    }

    /// Leaves a projector out. One that writes tables of its own must be: what is in them is known to its projections only.
    pub fn without(mut self, projector: impl Into<String>) -> Self {
        self.without.push(projector.into());
        self
    }

    /// Builds them also from the same events in another order, which is drawn by this seed; said several times, in several. Events of
    /// one stream, and those that one call from outside has led to, stay in their order.
    ///
    /// The log has one order, and a read model may depend on it: that the newest event of all counts, for instance. One that joins streams
    /// should not: which of two came first is often decided by nothing but who was faster.
    pub fn in_another_order(mut self, seed: u64) -> Self {
        self.orders.push(seed);
        self
    }
}

impl<'a> IntoFuture for Replaying<'a> {
    type Output = Result<usize, ReplayError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            Patience::STRICT.settle(self.app).await.map_err(ReplayError::Live)?;
            let rows = self.readers.rebuild_equals_live(self.store, &self.without).await?;
            for seed in self.orders {
                self.readers.order_is_free(self.store, seed, &self.without).await?;
            }
            Ok(rows)
        })
    }
}

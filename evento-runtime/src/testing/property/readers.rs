//! The components that make something of a log, started anew on a copy of it.

use thiserror::Error;

use super::{
    RowDifference,
    copy::{copy, copy_in_order, read},
    order::reordered,
    rows::Rows,
};
use crate::{
    bundle::{App, Builder, StartError, ViewOf},
    memory::MemoryStore,
    message::StoredEvent,
    store::{StateStore, StoreError},
    testing::{Patience, SettleError},
};

/// Why read models that are built anew are not those that there are.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The application did not come to rest, or has put events aside.
    #[error("there is nothing to compare with: {0}")]
    Live(#[source] SettleError),
    /// What is made anew is not what is there.
    #[error("what is made anew of the log is not what is there (-): {}", list(.0))]
    Differs(Vec<RowDifference>),
    /// What is made of the same events in another order is not the same.
    #[error("what is made of the events in another order, drawn by {seed}, is not the same: {}", list(.differences))]
    DependsOnOrder {
        /// What the order was drawn by.
        seed: u64,
        /// What is different.
        differences: Vec<RowDifference>,
    },
    /// These projectors write tables of their own, so only their projections know what is in them.
    #[error(
        "the tables of {} cannot be compared: say `.without(..)`, and ask their projections",
        .projectors.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )]
    NotComparable {
        /// The projectors.
        projectors: Vec<&'static str>,
    },
    /// The bundle has no projector that is to be left out.
    #[error("there is no projector `{name}` to be left out")]
    UnknownProjector {
        /// What was given.
        name: String,
    },
    /// The projectors did not start anew.
    #[error("the projectors cannot be started on a copy of the log: {0}")]
    Start(#[from] StartError),
    /// The projectors did not come to the head of the copy, or have put events aside.
    #[error("the log cannot be replayed: {0}")]
    Replay(#[source] SettleError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(differences: &[RowDifference]) -> String {
    differences.iter().map(|difference| format!("\n{difference}")).collect()
}

/// The components of a bundle that make something of a log and tell nobody.
pub(in crate::testing) struct Readers {
    builder: Builder,
    /// All projectors.
    projectors: Vec<&'static str>,
    /// Those among them that run on one kind of store only.
    by_sql: Vec<&'static str>,
}

impl Readers {
    /// Those of an application that is about to start.
    pub(in crate::testing) fn of(builder: &Builder) -> Self {
        let described = builder.describe().components.into_iter();
        let projectors = described.filter(|one| one.kind == crate::component::ComponentKind::Projector);
        Self {
            projectors: projectors.map(|projector| projector.name).collect(),
            by_sql: builder.projectors_by_sql(),
            builder: builder.readers(true),
        }
    }

    /// The projectors that are left out.
    pub(super) fn left_out(&self) -> &[&'static str] {
        &self.by_sql
    }

    /// The views that are written.
    pub(super) fn views(&self) -> Vec<ViewOf> {
        self.builder.views()
    }

    /// Starts them on a copy of a log; nothing when there are none.
    pub(super) async fn start(
        &self,
        store: &MemoryStore,
        with_sagas: bool,
    ) -> Result<Option<App>, StartError> {
        let builder = self.builder.readers(with_sagas);
        if builder.components().is_empty() {
            return Ok(None);
        }
        Ok(Some(builder.state_store(store.clone()).start().await?))
    }

    /// What the projectors make of a copy of a log.
    async fn project(&self, store: MemoryStore, views: &[ViewOf]) -> Result<Rows, ReplayError> {
        if let Some(app) = self.start(&store, false).await? {
            Patience::STRICT.settle(&app).await.map_err(ReplayError::Replay)?;
        }
        Ok(Rows::read(views, &store).await?)
    }

    /// See [`rebuild_equals_live`](super::rebuild_equals_live).
    pub(in crate::testing) async fn rebuild_equals_live(
        &self,
        store: &dyn StateStore,
        without: &[String],
    ) -> Result<usize, ReplayError> {
        let views = self.compared(without)?;
        let live = Rows::read(&views, store).await?;
        let events = read(store).await?;
        let anew = self.project(copy(&events).await?, &views).await?;
        let differences = live.differences(&anew, &views);
        if differences.is_empty() { Ok(live.len()) } else { Err(ReplayError::Differs(differences)) }
    }

    /// What is made of the log does not depend on the order of streams that have nothing to do with each other.
    pub(in crate::testing) async fn order_is_free(
        &self,
        store: &dyn StateStore,
        seed: u64,
        without: &[String],
    ) -> Result<(), ReplayError> {
        let views = self.compared(without)?;
        let events = read(store).await?;
        let order: Vec<&StoredEvent> = reordered(&events, seed);
        let expected = self.project(copy(&events).await?, &views).await?;
        let found = self.project(copy_in_order(&order).await?, &views).await?;
        let differences = expected.differences(&found, &views);
        if differences.is_empty() { Ok(()) } else { Err(ReplayError::DependsOnOrder { seed, differences }) }
    }

    /// The views that are compared when some projectors are left out.
    fn compared(&self, without: &[String]) -> Result<Vec<ViewOf>, ReplayError> {
        let is_known = |name: &&String| self.projectors.contains(&name.as_str());
        if let Some(name) = without.iter().find(|name| !is_known(name)) {
            return Err(ReplayError::UnknownProjector { name: name.clone() });
        }
        let is_left_out = |name: &&str| without.iter().any(|left_out| left_out == name);
        let projectors: Vec<_> = self.by_sql.iter().copied().filter(|name| !is_left_out(name)).collect();
        if !projectors.is_empty() {
            return Err(ReplayError::NotComparable { projectors });
        }
        let mut views = self.views();
        views.retain(|of| !is_left_out(&of.projector));
        Ok(views)
    }
}

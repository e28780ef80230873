//! What must hold of every log, whatever is in it.
//!
//! These functions look at the log of a store, so they go with every way of making one: a few calls in a test, the generated sequences of a
//! property-based test, or a copy of what production has. A [`TestBundle`](super::TestBundle) has them as methods.

mod copy;
mod order;
mod prefixes;
mod readers;
mod rows;
mod snapshots;

pub(super) use self::readers::Readers;
pub use self::{
    prefixes::{PrefixError, Prefixes},
    readers::ReplayError,
    rows::RowDifference,
    snapshots::{SnapshotError, Snapshots, snapshots_equal_replay},
};
use crate::{bundle::Builder, store::StateStore};

/// What the projectors of a bundle make of the log, when they are started as new ones, is what is in the store: a rebuild under a new
/// version changes nothing if the code is the same. The application on the store must be at the head of the log. Returns the number of rows
/// that were compared.
///
/// The builder is that of the bundle, with what its components need: `TodoBundle::builder().provide(..)`.
///
/// # Errors
/// [`ReplayError::Differs`] with every row that differs, and [`ReplayError::NotComparable`] for projectors that write tables of their own;
/// otherwise why nothing could be compared.
pub async fn rebuild_equals_live(builder: &Builder, store: &dyn StateStore) -> Result<usize, ReplayError> {
    Readers::of(builder).rebuild_equals_live(store, &[]).await
}

/// Every prefix of the log can be handled, and leads to the same in one go as event by event. That is what a process sees that is stopped
/// anywhere and started again, and what is left of a log of which the last events are lost.
///
/// For each number of events from 1 on: new projectors and new sagas handle so many events without putting any aside, and the views that
/// are made of them at once are those that are made of them one after the other. The commands of the sagas go nowhere, as when a saga is
/// [put back](crate::bundle::App::reset). Components over SQL are left out. It takes time that grows with the square of the length of the
/// log.
///
/// # Errors
/// [`PrefixError`] names the prefix, and what is wrong with it.
pub async fn prefixes_replay(builder: &Builder, store: &dyn StateStore) -> Result<Prefixes, PrefixError> {
    Readers::of(builder).prefixes(store).await
}

//! Versions of projectors: which of them serves, and which are still being built.

use std::borrow::Cow;

use async_trait::async_trait;

use super::{ConsumerId, StoreError, ViewId};

/// Which version of a projector is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingVersion {
    /// The stored name of the projector.
    pub component: Cow<'static, str>,
    /// The version whose rows and tables projections read.
    pub serving: u32,
    /// The latest version that has served. A version after it serves as soon as it is built; the others only when somebody
    /// says so.
    pub newest: u32,
}

/// One consumer of a version of a projector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// Whether it has been at the head of the log since it was created.
    pub built: bool,
    /// The stored names of the views that the version writes.
    pub views: Vec<String>,
}

/// Keeps the versions of projectors. A version is switched to in the
/// [transaction that builds it](super::ConsumerTransaction::serve_built).
#[async_trait]
pub trait ProjectorVersionStore: Send + Sync + 'static {
    /// Notes a consumer of a projector with the views that its version writes. When none of the projector's versions serves
    /// yet, `first` does from now on. Noting what is known changes its views only.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn introduce_version(
        &self,
        consumer: &ConsumerId,
        views: &[String],
        first: u32,
    ) -> Result<(), StoreError>;

    /// Which version of each projector serves, by the names of the projectors.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn serving_versions(&self) -> Result<Vec<ServingVersion>, StoreError>;

    /// What is known of the versions of a projector, by version and context.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn versions(&self, component: &str) -> Result<Vec<VersionRecord>, StoreError>;

    /// Lets a version serve from now on, whichever did before. Returns whether it does: not when it has no consumer.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn serve_version(&self, component: &str, version: u32) -> Result<bool, StoreError>;

    /// Deletes the consumers of a version that does not serve, with the events that they have put aside or are to pass.
    /// Whatever they were doing is fenced. Returns `false`, and changes nothing, when the version serves, or nothing is known of the
    /// projector.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn retire_version(&self, component: &str, version: u32) -> Result<bool, StoreError>;

    /// Deletes rows of a view, at most about `limit` of them. Returns whether there may be more.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn delete_view_rows(&self, view: &ViewId, limit: usize) -> Result<bool, StoreError>;

    /// Forgets a version that was [retired](Self::retire_version). Should it come back, it is built anew, and serves when it is
    /// built if it is later than the one that serves.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_version(&self, component: &str, version: u32) -> Result<(), StoreError>;
}

/// The names of views from one column.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn views(text: &str) -> Result<Vec<String>, String> {
    serde_json::from_str(text).map_err(|error| format!("`{text}` is no list of views: {error}"))
}

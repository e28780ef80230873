//! Starting an application.

use super::BundleMeta;

/// Puts an application together.
pub struct Builder<S = NoStore> {
    bundle: BundleMeta,
    store: S,
}

/// No store was chosen yet.
pub struct NoStore;

impl Builder {
    /// A builder for a bundle.
    #[must_use]
    pub fn new(bundle: BundleMeta) -> Self {
        Self { bundle, store: NoStore }
    }
}

//! What the runtime is given from outside: the store, the clock and the source of identities.

use std::sync::Arc;

use crate::{
    clock::{Clock, IdSource},
    store::SharedStore,
};

/// The outside of the runtime. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) store: SharedStore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
}

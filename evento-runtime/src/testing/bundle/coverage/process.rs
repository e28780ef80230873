//! The coverage of all tests of a process.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::Coverage;
use crate::bundle::BundleMeta;

/// What each application has exercised, by bundle and version, and by the number of the application.
type Told = BTreeMap<(&'static str, u32), BTreeMap<u64, Coverage>>;

static TOLD: Mutex<Told> = Mutex::new(BTreeMap::new());

/// Says what an application has exercised up to now.
pub(super) fn tell(number: u64, coverage: Coverage) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.entry((coverage.bundle, coverage.version)).or_default().insert(number, coverage);
}

/// What the applications of a bundle have told.
pub(super) fn of(bundle: &BundleMeta) -> Vec<Coverage> {
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.get(&(bundle.id, bundle.version)).into_iter().flat_map(BTreeMap::values).cloned().collect()
}

//! Snapshots.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::store::{SharedStore, Snapshot};

type Factory = Arc<dyn StoreFactory>;

async fn save(store: &SharedStore, version: u64, hash: u64) {
    let snapshot = Snapshot { version, hash, state: json(format!("[{version}, {hash}]")) };
    ok(store.save_snapshot(&stream("a"), snapshot).await, "saving a snapshot");
}

#[track_caller]
fn is(kept: Option<Snapshot>, version: u64, hash: u64, why: &str) {
    let kept = some(kept, "a snapshot that was saved");
    assert_eq!((kept.version, kept.hash), (version, hash), "{why}");
    assert_eq!(kept.state.get(), format!("[{version}, {hash}]"), "the state belongs to its version");
}

pub(super) async fn the_newest_snapshot_is_kept(factory: Factory) {
    let store = factory.open().await;
    let none = ok(store.load_snapshot(&stream("a")).await, "loading a snapshot");
    assert!(none.is_none(), "a stream without a snapshot has none");
    save(&store, 10, u64::MAX).await;
    save(&store, 20, u64::MAX).await;
    save(&store, 15, u64::MAX).await;
    let kept = ok(store.load_snapshot(&stream("a")).await, "loading a snapshot");
    is(kept, 20, u64::MAX, "an older snapshot must not replace a newer one");
    let other = ok(store.load_snapshot(&stream("b")).await, "loading a snapshot");
    assert!(other.is_none(), "a snapshot belongs to its stream");
}

pub(super) async fn a_snapshot_of_other_code_replaces(factory: Factory) {
    let store = factory.open().await;
    save(&store, 20, 1).await;
    save(&store, 15, 2).await;
    let kept = ok(store.load_snapshot(&stream("a")).await, "loading a snapshot");
    is(kept, 15, 2, "a snapshot of other code replaces one of a higher version");
}

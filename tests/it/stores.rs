//! The stores that every test runs on.

use std::{future::Future, sync::Arc, time::Duration};

use evento::{memory::MemoryStore, sqlite::SqliteStore, store::SharedStore};

/// The longest that a test waits for what it waits for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on every store, each in a runtime of its own.
pub fn on_every_store<F: Future<Output = ()>>(test: impl Fn(SharedStore) -> F) {
    run(async { test(Arc::new(MemoryStore::new())).await });
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let path = folder.path().join("test.db");
        let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
        test(Arc::new(store)).await;
    });
}

/// Runs one future on several threads.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime for tests")
        .block_on(future)
}

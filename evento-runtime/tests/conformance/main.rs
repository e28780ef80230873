//! The conformance suite, run for the stores of this crate, and what only SQLite must do.

use std::sync::Arc;

use async_trait::async_trait;
use evento_runtime::{
    conformance::StoreFactory, conformance_tests, memory::MemoryStore, sqlite::SqliteStore,
    store::SharedStore,
};
use tempfile::TempDir;

struct Memory(MemoryStore);

#[async_trait]
impl StoreFactory for Memory {
    async fn open(&self) -> SharedStore {
        Arc::new(self.0.clone())
    }

    fn is_durable(&self) -> bool {
        false
    }
}

/// One file in a folder that goes with it.
struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder for tests"))
    }
}

#[async_trait]
impl StoreFactory for Sqlite {
    async fn open(&self) -> SharedStore {
        let path = self.0.path().join("store.db");
        Arc::new(SqliteStore::open(path.to_string_lossy()).await.expect("opening the file of a test"))
    }
}

conformance_tests!(memory, Memory(MemoryStore::new()));
conformance_tests!(sqlite, Sqlite::new());

mod sqlite_file;

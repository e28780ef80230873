//! The conformance suite, run for the stores of this crate, and what only one of them must do.

use std::sync::Arc;

use async_trait::async_trait;
use evento_runtime::{conformance::StoreFactory, conformance_tests, memory::MemoryStore, store::SharedStore};

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

conformance_tests!(memory, Memory(MemoryStore::new()));

#[cfg(feature = "mysql")]
mod mysql_server;
#[cfg(feature = "postgres")]
mod postgres_server;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server_kit;
#[cfg(feature = "sqlite")]
mod sqlite_file;

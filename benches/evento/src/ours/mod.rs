//! evento, as an application uses it: with everything as it is by default, unless a workload says otherwise.

mod bank;
pub(crate) mod catch_up;
pub(crate) mod commands;
pub(crate) mod growth;
pub(crate) mod latency;
pub(crate) mod load;
mod savings;

use std::sync::Arc;

use anyhow::Result;
use bench_harness::{Request, Store};
use evento::{
    memory::MemoryStore,
    mysql::MySqlStore,
    postgres::PostgresStore,
    sqlite::{SqliteStore, Synchronous},
    store::StateStore,
};

/// Opens the store of a request.
pub(crate) async fn open(request: &Request) -> Result<Arc<dyn StateStore>> {
    let sqlite = |synchronous| SqliteStore::options(&request.address).synchronous(synchronous).open();
    Ok(match request.store {
        Store::Memory => Arc::new(MemoryStore::new()),
        Store::SqliteFull => Arc::new(sqlite(Synchronous::Full).await?),
        Store::SqliteNormal => Arc::new(sqlite(Synchronous::Normal).await?),
        Store::Postgres => Arc::new(PostgresStore::open(&request.address).await?),
        Store::Mariadb => Arc::new(MySqlStore::open(&request.address).await?),
    })
}

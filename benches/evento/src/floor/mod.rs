//! What somebody writes who wants speed and no framework: the state of an account is kept by the writer, and an event is one
//! `insert`, which a unique key over stream and version protects.

mod account;
pub(crate) mod latency;
mod mariadb;
mod memory;
mod postgres;
pub(crate) mod read;
mod sqlite;

use anyhow::Result;
use bench_harness::{Request, Sample, Side, Store, drive, drive::Plan};

/// Commands.
pub(crate) async fn commands(request: &Request, plan: Plan) -> Result<Sample> {
    match request.store {
        Store::Memory => drive::commands(memory::writers(plan.tasks), plan).await,
        Store::SqliteFull | Store::SqliteNormal => {
            drive::commands(sqlite::writers(request, plan.tasks).await?, plan).await
        }
        Store::Postgres => {
            let locked = request.side == Side::Locked;
            drive::commands(postgres::writers(request, plan.tasks, locked).await?, plan).await
        }
        Store::Mariadb => drive::commands(mariadb::writers(request, plan.tasks).await?, plan).await,
    }
}

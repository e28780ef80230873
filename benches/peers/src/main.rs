//! Measures other frameworks, put under the same load as evento.
//!
//! Started by `cargo xtask bench`; see the crate `bench-harness` for how the two talk.

mod account;
mod commands;
mod stores;

use anyhow::{Result, bail, ensure};
use bench_harness::{Request, Side, Workload, control, drive::Plan};

#[tokio::main]
async fn main() -> Result<()> {
    let request = Request::from_arguments()?;
    ensure!(request.side == Side::CqrsEs, "only cqrs-es is measured here");
    let sample = match request.workload {
        Workload::Commands { tasks, count, accounts, first_account, hot } => {
            commands::run(&request, Plan { tasks, count, accounts, first_account, hot }).await?
        }
        _ => bail!("this is not measured of others"),
    };
    control::tell(&sample)
}

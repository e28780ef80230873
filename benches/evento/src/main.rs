//! Measures evento, through its public API, and statements written by hand: the floor that evento is compared with.
//!
//! Started by `cargo xtask bench`; see the crate `bench-harness` for how the two talk.

mod empty;
mod floor;
mod ours;
mod payload;

use anyhow::{Result, bail};
use bench_harness::{Request, Sample, Side, Workload, control, drive::Plan};

#[tokio::main]
async fn main() -> Result<()> {
    let request = Request::from_arguments()?;
    let sample = measure(&request).await?;
    control::tell(&sample)
}

async fn measure(request: &Request) -> Result<Sample> {
    match request.workload {
        Workload::Empty {} => empty::run(request).await,
        Workload::Commands { tasks, count, accounts, first_account, hot } => {
            let plan = Plan { tasks, count, accounts, first_account, hot };
            match request.side {
                Side::Ours => ours::commands::run(request, plan).await,
                Side::Floor | Side::Locked => floor::commands(request, plan).await,
                Side::CqrsEs => bail!("cqrs-es is measured by the program of the peers"),
            }
        }
    }
}

//! Measures evento, through its public API, and statements written by hand: the floor that evento is compared with.
//!
//! Started by `cargo xtask bench`; see the crate `bench-harness` for how the two talk.

mod empty;
mod floor;
mod ours;
mod payload;

use anyhow::{Result, bail};
use bench_harness::{From, Request, Sample, Side, Workload, control, drive::Plan};

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
                Side::CqrsEs => elsewhere(),
            }
        }
        Workload::Load { events, from, repeat } => match (request.side, from) {
            (Side::Ours, _) => ours::load::run(request, events, from, repeat).await,
            (Side::Floor, From::Replay) => floor::read::load(request, events, repeat).await,
            _ => elsewhere(),
        },
        Workload::CatchUp { events, write } => match request.side {
            Side::Ours => ours::catch_up::run(request, events, write).await,
            Side::Floor => floor::read::catch_up(request, events, write).await,
            _ => elsewhere(),
        },
        Workload::Latency { count, role } => match request.side {
            Side::Ours => ours::latency::run(request, count, role).await,
            Side::Floor => floor::latency::run(request, count, role).await,
            _ => elsewhere(),
        },
        Workload::Fill { streams } => ours::growth::fill(request, streams).await,
        Workload::Growth { streams, what, count } => ours::growth::run(request, streams, what, count).await,
    }
}

fn elsewhere() -> Result<Sample> {
    bail!("this side is not measured so, or by another program")
}

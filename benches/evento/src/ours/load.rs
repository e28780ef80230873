//! Loading an aggregate: from the call of the client until the handler of the command has the state.

use std::{sync::Arc, time::Instant};

use anyhow::{Context, Result, anyhow, ensure};
use bench_harness::{From, Request, Sample, drive};
use evento::{App, Client, store::StateStore};

use super::{
    bank::{Bank, Counter, when_loaded},
    open,
    savings::{SavingsBank, SavingsCounter, applied},
};
use crate::payload::account;

/// What has a state to load.
enum Clerk {
    /// With snapshots, as they are by default.
    Bank(Client<Counter>),
    /// Without snapshots.
    Savings(Client<SavingsCounter>),
}

impl Clerk {
    /// How long it takes until the handler has the state.
    async fn look(&self, number: usize) -> Result<std::time::Duration> {
        when_loaded();
        let began = Instant::now();
        let looked = match self {
            Self::Bank(counter) => counter.look(account(number)).await,
            Self::Savings(counter) => counter.look(account(number)).await,
        };
        looked.map_err(|error| anyhow!("{error:#}"))?;
        Ok(when_loaded().context("the handler has not run")?.duration_since(began))
    }
}

pub(crate) async fn run(request: &Request, events: usize, from: From, repeat: usize) -> Result<Sample> {
    let store = open(request).await?;
    fill(&store, events, from).await?;
    drive::ready().await?;
    let began = Instant::now();
    let mut times = Vec::new();
    let (mut app, mut clerk) = start(&store, from).await?;
    // Warms the connections up, and fills the cache.
    clerk.look(0).await?;
    for _ in 0..repeat {
        if from != From::Cache {
            // An application that was just started has an empty cache.
            app.shutdown().await?;
            (app, clerk) = start(&store, from).await?;
        }
        applied();
        times.push(clerk.look(0).await?);
        let replayed = applied();
        ensure!(from != From::Replay || replayed + 1 >= events, "only {replayed} events were replayed");
    }
    app.shutdown().await?;
    let sample = Sample::new(times.len(), began.elapsed(), times);
    store.close().await;
    Ok(sample)
}

async fn start(store: &Arc<dyn StateStore>, from: From) -> Result<(App, Clerk)> {
    Ok(if from == From::Replay {
        let app = SavingsBank::builder().shared_store(store.clone()).start().await?;
        let clerk = Clerk::Savings(app.invoker());
        (app, clerk)
    } else {
        let app = Bank::builder().shared_store(store.clone()).start().await?;
        let clerk = Clerk::Bank(app.invoker());
        (app, clerk)
    })
}

/// Makes the account, with so many events.
async fn fill(store: &Arc<dyn StateStore>, events: usize, from: From) -> Result<()> {
    let (app, clerk) = start(store, from).await?;
    match clerk {
        Clerk::Savings(counter) => {
            for _ in 0..events / 100 {
                counter.save(account(0), 100).await.map_err(|error| anyhow!("{error:#}"))?;
            }
        }
        Clerk::Bank(counter) => {
            counter.deposit(account(0), 1).await.map_err(|error| anyhow!("{error:#}"))?;
            for _ in 0..events / 100 {
                counter.deposit_often(account(0), 100).await.map_err(|error| anyhow!("{error:#}"))?;
            }
        }
    }
    app.shutdown().await?;
    Ok(())
}

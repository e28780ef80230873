//! Loading an aggregate: from the call of the client until the handler of the command has the state.

use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use bench_harness::{From, Request, Sample, drive};
use evento::Client;

use super::{
    bank::{Bank, Counter, when_loaded},
    commands::Teller,
    open,
    savings::{SavingsBank, SavingsCounter},
};
use crate::payload::account;

/// What has a state to load.
enum Clerk {
    /// Without snapshots.
    Bank(Client<Counter>),
    /// With them.
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
    if from == From::Snapshot {
        let app = SavingsBank::builder().shared_store(store.clone()).start().await?;
        let counter = app.invoker::<SavingsCounter>();
        for _ in 0..events / 100 {
            counter.save(account(0), 100).await.map_err(|error| anyhow!("{error:#}"))?;
        }
        app.shutdown().await?;
    } else {
        let app = Bank::builder().shared_store(store.clone()).start().await?;
        let teller = Teller { counter: app.invoker() };
        drive::fill(vec![teller], 1, events).await?;
        app.shutdown().await?;
    }
    drive::ready().await?;
    let began = Instant::now();
    let mut times = Vec::new();
    if from == From::Cache {
        let app = Bank::builder().shared_store(store.clone()).start().await?;
        let clerk = Clerk::Bank(app.invoker());
        clerk.look(0).await?;
        for _ in 0..repeat {
            times.push(clerk.look(0).await?);
        }
        app.shutdown().await?;
    } else {
        // The first one warms the connections up. An application that was just started has an empty cache.
        for round in 0..=repeat {
            let builder = if from == From::Snapshot { SavingsBank::builder() } else { Bank::builder() };
            let app = builder.shared_store(store.clone()).start().await?;
            let clerk = if from == From::Snapshot {
                Clerk::Savings(app.invoker())
            } else {
                Clerk::Bank(app.invoker())
            };
            let time = clerk.look(0).await?;
            if round > 0 {
                times.push(time);
            }
            app.shutdown().await?;
        }
    }
    let sample = Sample::new(times.len(), began.elapsed(), times);
    store.close().await;
    Ok(sample)
}

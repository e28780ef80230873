//! Commands, sent by the client of an invoker.

use anyhow::{Result, anyhow};
use bench_harness::{
    Request, Sample,
    drive::{self, Plan, Sender},
};
use evento::Client;

use super::{
    bank::{Bank, Counter},
    open,
};
use crate::payload::account;

/// Sends deposits.
pub(super) struct Teller {
    pub(super) counter: Client<Counter>,
}

impl Sender for Teller {
    async fn deposit(&mut self, number: usize, amount: u32) -> Result<u64> {
        self.counter.deposit(account(number), amount).await.map_err(|error| anyhow!("{error:#}"))?;
        Ok(0)
    }
}

pub(crate) async fn run(request: &Request, plan: Plan) -> Result<Sample> {
    let store = open(request).await?;
    let app = Bank::builder().shared_store(store.clone()).start().await?;
    let tellers = (0..plan.tasks).map(|_| Teller { counter: app.invoker() }).collect();
    let sample = drive::commands(tellers, plan).await?;
    app.shutdown().await?;
    store.close().await;
    Ok(sample)
}

//! Projectors that begin at the first event of a log.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bench_harness::{Request, Sample, drive};
use evento::prelude::*;

use super::{
    bank::{Bank, Deposited},
    commands::Teller,
    open,
};
use crate::payload::ACCOUNTS_TO_CATCH_UP;

static COUNTED: AtomicUsize = AtomicUsize::new(0);

#[view]
struct Balance {
    #[id]
    account: String,
    balance: u64,
}

#[derive(Default)]
struct Counting;

#[projector(version = 1)]
impl Counting {
    #[event_handler]
    async fn deposited(&self, _event: &Deposited) -> evento::Result<()> {
        COUNTED.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[derive(Default)]
struct Writing;

#[projector(version = 1)]
impl Writing {
    #[event_handler]
    async fn deposited(&self, event: &Deposited, views: &Views<Balance>) -> evento::Result<()> {
        COUNTED.fetch_add(1, Ordering::Relaxed);
        Ok(views.put(Balance { account: event.account.clone(), balance: event.balance }).await?)
    }
}

bundle! { CountingBundle { id: "counting", version: 1, components: [Counting] } }
bundle! { WritingBundle { id: "writing", version: 1, components: [Writing] } }

pub(crate) async fn run(request: &Request, events: usize, write: bool) -> Result<Sample> {
    let store = open(request).await?;
    let bank = Bank::builder().shared_store(store.clone()).start().await?;
    let tellers = (0..64).map(|_| Teller { counter: bank.invoker() }).collect();
    drive::fill(tellers, ACCOUNTS_TO_CATCH_UP, events).await?;
    bank.shutdown().await?;
    drive::ready().await?;
    let began = Instant::now();
    let builder = if write { WritingBundle::builder() } else { CountingBundle::builder() };
    let app = builder.shared_store(store.clone()).start().await?;
    app.wait_for_head(Duration::from_secs(600)).await?;
    let took = began.elapsed();
    let counted = COUNTED.load(Ordering::Relaxed);
    ensure!(counted >= events, "only {counted} of {events} events were handled");
    app.shutdown().await?;
    store.close().await;
    Ok(Sample::new(events, took, Vec::new()))
}

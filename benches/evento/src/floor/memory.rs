//! Events in a map behind a lock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use bench_harness::drive::Sender;

use super::account::{Accounts, Deposited};

type Streams = Arc<Mutex<HashMap<String, Vec<Deposited>>>>;

pub(super) struct Writer {
    streams: Streams,
    accounts: Accounts,
}

pub(super) fn writers(tasks: usize) -> Vec<Writer> {
    let streams = Streams::default();
    (0..tasks).map(|_| Writer { streams: Arc::clone(&streams), accounts: Accounts::default() }).collect()
}

impl Sender for Writer {
    async fn deposit(&mut self, number: usize, amount: u32) -> Result<u64> {
        let (id, account) = self.accounts.get(number);
        let mut retries = 0;
        loop {
            let event = account.deposit(id, amount)?;
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let stream = streams.entry(id.clone()).or_default();
            let known = usize::try_from(account.version)?;
            if let Some(missed) = stream.get(known..).filter(|missed| !missed.is_empty()) {
                missed.iter().for_each(|event| account.apply(event));
                retries += 1;
                continue;
            }
            account.apply(&event);
            stream.push(event);
            return Ok(retries);
        }
    }
}

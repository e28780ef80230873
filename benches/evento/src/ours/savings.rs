//! Accounts without snapshots, which are replayed from their first event.

use std::sync::atomic::{AtomicUsize, Ordering};

use evento::prelude::*;

use super::bank::loaded;
use crate::payload::REFERENCE;

/// How many events were applied, so that a measurement of replaying can be sure that it was one.
static APPLIED: AtomicUsize = AtomicUsize::new(0);

/// How many events were applied since this was asked last.
pub(super) fn applied() -> usize {
    APPLIED.swap(0, Ordering::Relaxed)
}

#[domain_command]
pub(crate) struct Save {
    #[aggregate_id]
    account: String,
    /// How many events this makes.
    times: u32,
}

#[domain_command]
pub(crate) struct LookAtSavings {
    #[aggregate_id]
    account: String,
}

#[domain_event]
struct Saved {
    account: String,
    amount: u32,
    balance: u64,
    reference: String,
}

#[aggregate_state]
struct Savings {
    balance: u64,
}

// As seldom as possible: there is no account with so many events.
#[aggregate(snapshot_every = 4_294_967_295)]
impl Savings {
    #[aggregate_command_handler]
    fn open(command: Save) -> Vec<Saved> {
        saved(0, &command)
    }

    #[aggregate_command_handler]
    fn save(&self, command: Save) -> Vec<Saved> {
        saved(self.balance, &command)
    }

    #[aggregate_command_handler]
    fn look(&self, _command: LookAtSavings) -> Option<Saved> {
        loaded();
        None
    }

    #[event_sourcing_handler]
    fn opened(event: &Saved) -> Self {
        Self { balance: event.balance }
    }

    #[event_sourcing_handler]
    fn grown(&mut self, event: &Saved) {
        APPLIED.fetch_add(1, Ordering::Relaxed);
        self.balance = event.balance;
    }
}

fn saved(balance: u64, command: &Save) -> Vec<Saved> {
    let one = |number: u32| Saved {
        account: command.account.clone(),
        amount: 1,
        balance: balance + u64::from(number),
        reference: REFERENCE.to_owned(),
    };
    (1..=command.times).map(one).collect()
}

#[derive(Default)]
pub(crate) struct SavingsCounter;

#[invoker]
impl SavingsCounter {
    #[invocation_handler]
    pub(crate) async fn save(&self, commands: &Commands<Save>, account: String, times: u32) -> Result<()> {
        commands.send(Save { account, times }).await?;
        Ok(())
    }

    #[invocation_handler]
    pub(crate) async fn look(&self, commands: &Commands<LookAtSavings>, account: String) -> Result<()> {
        commands.send(LookAtSavings { account }).await?;
        Ok(())
    }
}

bundle! { pub(crate) SavingsBank { id: "savings", version: 1, components: [Savings, SavingsCounter] } }

//! A bank whose accounts take deposits: what is measured, written as an application writes it.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use evento::prelude::*;

use crate::payload::REFERENCE;

#[domain_command]
pub(crate) struct Deposit {
    #[aggregate_id]
    account: String,
    amount: u32,
    reference: String,
}

/// Pays in again and again.
#[domain_command]
pub(crate) struct DepositOften {
    #[aggregate_id]
    account: String,
    times: u32,
}

/// Only looks at the account.
#[domain_command]
pub(crate) struct Look {
    #[aggregate_id]
    account: String,
}

#[domain_event]
pub(crate) struct Deposited {
    pub(crate) account: String,
    amount: u32,
    pub(crate) balance: u64,
    reference: String,
}

#[aggregate_state]
struct Account {
    balance: u64,
}

#[aggregate]
impl Account {
    /// The first deposit opens the account.
    #[aggregate_command_handler]
    fn open(command: Deposit) -> Deposited {
        let Deposit { account, amount, reference } = command;
        Deposited { account, amount, balance: u64::from(amount), reference }
    }

    #[aggregate_command_handler]
    fn deposit(&self, command: Deposit) -> Result<Deposited> {
        let Deposit { account, amount, reference } = command;
        let balance = self.balance.checked_add(u64::from(amount));
        let balance = balance.ok_or_else(|| Error::msg("the account is full"))?;
        Ok(Deposited { account, amount, balance, reference })
    }

    #[aggregate_command_handler]
    fn deposit_often(&self, command: DepositOften) -> Vec<Deposited> {
        let one = |number: u32| Deposited {
            account: command.account.clone(),
            amount: 1,
            balance: self.balance + u64::from(number),
            reference: REFERENCE.to_owned(),
        };
        (1..=command.times).map(one).collect()
    }

    #[aggregate_command_handler]
    fn look(&self, _command: Look) -> Option<Deposited> {
        loaded();
        None
    }

    #[event_sourcing_handler]
    fn opened(event: &Deposited) -> Self {
        Self { balance: event.balance }
    }

    #[event_sourcing_handler]
    fn deposited(&mut self, event: &Deposited) {
        self.balance = event.balance;
    }
}

/// When a handler had its state first.
static LOADED: Mutex<Option<Instant>> = Mutex::new(None);

/// Notes that a handler has its state. A handler may be run again when it decided nothing, which is not loading any more.
pub(super) fn loaded() {
    let now = Instant::now();
    LOADED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
}

/// When a handler had its state first since this was asked last.
pub(super) fn when_loaded() -> Option<Instant> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[derive(Default)]
pub(crate) struct Counter;

#[invoker]
impl Counter {
    #[invocation_handler]
    pub(crate) async fn deposit(
        &self,
        commands: &Commands<Deposit>,
        account: String,
        amount: u32,
    ) -> Result<()> {
        commands.send(Deposit { account, amount, reference: REFERENCE.to_owned() }).await?;
        Ok(())
    }

    #[invocation_handler]
    pub(crate) async fn deposit_often(
        &self,
        commands: &Commands<DepositOften>,
        account: String,
        times: u32,
    ) -> Result<()> {
        commands.send(DepositOften { account, times }).await?;
        Ok(())
    }

    #[invocation_handler]
    pub(crate) async fn look(&self, commands: &Commands<Look>, account: String) -> Result<()> {
        commands.send(Look { account }).await?;
        Ok(())
    }
}

bundle! { pub(crate) Bank { id: "bank", version: 1, components: [Account, Counter] } }

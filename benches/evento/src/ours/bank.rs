//! A bank whose accounts take deposits.

use evento::prelude::*;

use crate::payload::REFERENCE;

#[domain_command]
pub(crate) struct Deposit {
    #[aggregate_id]
    account: String,
    amount: u32,
    reference: String,
}

#[domain_event]
pub(crate) struct Deposited {
    account: String,
    amount: u32,
    balance: u64,
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

    #[event_sourcing_handler]
    fn opened(event: &Deposited) -> Self {
        Self { balance: event.balance }
    }

    #[event_sourcing_handler]
    fn deposited(&mut self, event: &Deposited) {
        self.balance = event.balance;
    }
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
}

bundle! { pub(crate) Bank { id: "bank", version: 1, components: [Account, Counter] } }

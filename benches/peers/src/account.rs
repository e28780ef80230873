//! The bank account, as an application of cqrs-es has it. It stores what evento's stores.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// About as much as an event of an application carries: the same as on the other sides.
pub(crate) const REFERENCE: &str = "standing order of the first of the month, booked by the branch office";

pub(crate) struct Deposit {
    pub(crate) account: String,
    pub(crate) amount: u32,
    pub(crate) reference: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum BankEvent {
    Deposited { account: String, amount: u32, balance: u64, reference: String },
}

impl DomainEvent for BankEvent {
    fn event_type(&self) -> String {
        "Deposited".to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

#[derive(Debug, Error)]
#[error("the account is full")]
pub(crate) struct Full;

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Account {
    balance: u64,
}

impl Aggregate for Account {
    const TYPE: &'static str = "Account";
    type Command = Deposit;
    type Event = BankEvent;
    type Error = Full;
    type Services = ();

    async fn handle(&mut self, command: Deposit, _: &(), sink: &EventSink<Self>) -> Result<(), Full> {
        let Deposit { account, amount, reference } = command;
        let balance = self.balance.checked_add(u64::from(amount)).ok_or(Full)?;
        sink.write(BankEvent::Deposited { account, amount, balance, reference }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: BankEvent) {
        let BankEvent::Deposited { balance, .. } = event;
        self.balance = balance;
    }
}

//! The customer: decides who gets credit.

use std::collections::BTreeMap;

use evento::prelude::*;
use thiserror::Error;

use crate::payloads::*;

/// What a customer has to remember in order to decide: the limit, and what is reserved for which order.
#[aggregate_state]
pub struct Customer {
    credit_limit: u64,
    reserved: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CustomerError {
    #[error("a customer has a name")]
    NoName,
}

#[aggregate(snapshot_every = 100)]
impl Customer {
    #[aggregate_command_handler]
    fn create(command: CreateCustomer) -> Result<CustomerCreated, CustomerError> {
        let CreateCustomer { customer_id, name, credit_limit } = command;
        if name.trim().is_empty() {
            return Err(CustomerError::NoName);
        }
        Ok(CustomerCreated { customer_id, name, credit_limit })
    }

    /// The rule that all of this is about: what is reserved never exceeds the limit. It holds because one aggregate decides,
    /// one command after the other, however many orders come at once.
    #[aggregate_command_handler]
    fn reserve(&self, command: ReserveCredit) -> (Option<CreditReserved>, Option<CreditRefused>) {
        let ReserveCredit { customer_id, order_id, amount } = command;
        if self.reserved.contains_key(&order_id) {
            return (None, None);
        }
        if amount > self.credit_left() {
            return (None, Some(CreditRefused { customer_id, order_id }));
        }
        (Some(CreditReserved { customer_id, order_id, amount }), None)
    }

    /// Releasing what is not reserved changes nothing, so nobody has to know whether it is.
    #[aggregate_command_handler]
    fn release(&self, command: ReleaseCredit) -> Option<CreditReleased> {
        let ReleaseCredit { customer_id, order_id } = command;
        let amount = *self.reserved.get(&order_id)?;
        Some(CreditReleased { customer_id, order_id, amount })
    }

    #[event_sourcing_handler]
    fn created(event: &CustomerCreated) -> Self {
        Self { credit_limit: event.credit_limit, reserved: BTreeMap::new() }
    }

    #[event_sourcing_handler]
    fn reserved(&mut self, event: &CreditReserved) {
        self.reserved.insert(event.order_id.clone(), event.amount);
    }

    #[event_sourcing_handler]
    fn refused(&mut self, _event: &CreditRefused) {}

    #[event_sourcing_handler]
    fn released(&mut self, event: &CreditReleased) {
        self.reserved.remove(&event.order_id);
    }
}

impl Customer {
    fn credit_left(&self) -> u64 {
        self.credit_limit.saturating_sub(self.reserved.values().sum())
    }
}

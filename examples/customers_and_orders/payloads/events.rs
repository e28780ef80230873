//! Events: what has happened. Each order event names the customer, so that no reader has to look that up elsewhere.

use std::fmt;

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
};

#[domain_event]
pub struct CustomerCreated {
    pub customer_id: String,
    pub name: String,
    pub credit_limit: u64,
}

#[domain_event]
pub struct CreditReserved {
    pub customer_id: String,
    pub order_id: String,
    pub amount: u64,
}

/// The order would cost more than what is left of the credit. That is no failed command: somebody waits for the answer, and
/// finds it in the log.
#[domain_event]
pub struct CreditRefused {
    pub customer_id: String,
    pub order_id: String,
}

#[domain_event]
pub struct CreditReleased {
    pub customer_id: String,
    pub order_id: String,
    pub amount: u64,
}

#[domain_event]
pub struct OrderCreated {
    pub order_id: String,
    pub customer_id: String,
    pub total: u64,
}

#[domain_event]
pub struct OrderApproved {
    pub order_id: String,
    pub customer_id: String,
    pub total: u64,
}

#[domain_event]
pub struct OrderRejected {
    pub order_id: String,
    pub customer_id: String,
    pub reason: Reason,
}

#[domain_event]
pub struct OrderCancelled {
    pub order_id: String,
    pub customer_id: String,
}

#[service_event]
pub struct MailSent {
    pub customer_id: String,
    pub order_id: String,
}

/// Why an order is rejected. A part of payloads, so it derives serde's traits itself, and its shape, so that the lock of what is stored
/// sees into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", rename_all = "snake_case")]
pub enum Reason {
    /// There is no such customer.
    UnknownCustomer,
    /// The customer has not enough credit left.
    CreditLimitExceeded,
    /// Nobody has reserved the credit, or refused to, in time.
    ReservationOverdue,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownCustomer => "there is no such customer",
            Self::CreditLimitExceeded => "the credit limit would be exceeded",
            Self::ReservationOverdue => "the credit was not reserved in time",
        })
    }
}

//! Views: what is kept for reading, in the form in which it is asked for.

use std::{collections::BTreeMap, fmt};

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
};

use super::Reason;

/// A customer with all orders: the join of two kinds of aggregates, made when they change and not when somebody asks.
#[view]
#[derive(Default)]
pub struct OrderHistory {
    #[id]
    pub customer_id: String,
    /// `None` as long as there are only orders in the name of somebody who is no customer.
    pub name: Option<String>,
    pub credit_limit: u64,
    /// The part of it that open orders hold.
    pub reserved: u64,
    /// By the ids of the orders.
    pub orders: BTreeMap<String, OrderLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
pub struct OrderLine {
    pub total: u64,
    pub status: OrderStatus,
    pub created: Timestamp,
    pub changed: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "evento::serde", rename_all = "UPPERCASE")]
pub enum OrderStatus {
    Pending,
    Approved,
    Rejected(Reason),
    Cancelled,
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => f.pad("PENDING"),
            Self::Approved => f.pad("APPROVED"),
            Self::Rejected(reason) => write!(f, "REJECTED: {reason}"),
            Self::Cancelled => f.pad("CANCELLED"),
        }
    }
}

//! What the crates of the shop say to each other.

use std::fmt;

use evento::{
    prelude::*,
    serde_json::{Value, json},
};

/// Places an order.
#[domain_command]
pub struct PlaceOrder {
    /// Which order.
    #[aggregate_id]
    pub order: String,
    /// What it costs.
    pub total: u64,
}

/// Ships an order.
#[domain_command]
pub struct ShipOrder {
    /// Which order.
    #[aggregate_id]
    pub order: String,
}

/// An order was placed.
#[domain_event]
pub struct OrderPlaced {
    /// Which order.
    pub order: String,
    /// What it costs.
    pub total: u64,
}

/// An order was shipped.
#[domain_event(version = 2)]
pub struct OrderShipped {
    /// Which order.
    pub order: String,
    /// In so many parcels, of which there was always one in version 1.
    pub parcels: u32,
}

#[upcasters]
impl OrderShipped {
    #[upcast(from = 1)]
    fn in_parcels(mut stored: Value) -> Value {
        stored["parcels"] = json!(1);
        stored
    }
}

/// An order as it is shown.
#[view]
pub struct OrderView {
    /// Which order.
    #[id]
    pub order: String,
    /// What it costs.
    pub total: u64,
    /// Whether it was shipped.
    pub shipped: bool,
}

/// Asks for an order.
#[query(response = Option<OrderView>)]
pub struct FindOrder {
    /// Which order.
    pub order: String,
}

/// Why an order is not what somebody wants.
#[derive(Debug, PartialEq, Eq)]
pub enum OrderError {
    /// It costs nothing.
    Free,
    /// It is on its way.
    Shipped,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "an order must cost something",
            Self::Shipped => "the order is on its way",
        })
    }
}

impl std::error::Error for OrderError {}

//! Queries: questions, each with the type of its answer.

use evento::prelude::*;

use super::OrderHistory;

/// The orders of a customer; `None` when there is none, or none yet: read models follow the log with a small delay.
#[query(response = Option<OrderHistory>)]
pub struct FindOrderHistory {
    pub customer_id: String,
}

/// The histories of all customers, page by page.
#[query(response = Vec<OrderHistory>)]
pub struct ListOrderHistories {
    /// The number of the page, from 0.
    pub page: u32,
    /// The histories of a page.
    pub size: u32,
}

//! Commands: what somebody wants to happen. Customers and orders decide about their own; nobody decides about both.

use evento::prelude::*;

use super::Reason;

// What a person asks for.

#[domain_command]
pub struct CreateCustomer {
    #[aggregate_id]
    pub customer_id: String,
    pub name: String,
    /// What the open orders of the customer may cost together.
    pub credit_limit: u64,
}

#[domain_command]
pub struct CreateOrder {
    #[aggregate_id]
    pub order_id: String,
    pub customer_id: String,
    pub total: u64,
}

#[domain_command]
pub struct CancelOrder {
    #[aggregate_id]
    pub order_id: String,
}

// What follows from that. Nobody but the components in `process` sends these.

#[domain_command]
pub struct ReserveCredit {
    #[aggregate_id]
    pub customer_id: String,
    pub order_id: String,
    pub amount: u64,
}

#[domain_command]
pub struct ReleaseCredit {
    #[aggregate_id]
    pub customer_id: String,
    pub order_id: String,
}

#[domain_command]
pub struct ApproveOrder {
    #[aggregate_id]
    pub order_id: String,
}

#[domain_command]
pub struct RejectOrder {
    #[aggregate_id]
    pub order_id: String,
    pub reason: Reason,
}

/// Writes to a customer. A service does that, outside of the model.
#[service_command]
pub struct SendMail {
    pub customer_id: String,
    pub order_id: String,
    pub text: String,
}

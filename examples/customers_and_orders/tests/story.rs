//! What the rules talk about: Ada, who has credit for 100, and her orders.

use crate::payloads::*;

pub const ADA: &str = "ada";

fn ada() -> String {
    ADA.to_owned()
}

// What somebody wants.

pub fn create_ada() -> CreateCustomer {
    CreateCustomer { customer_id: ada(), name: "Ada".into(), credit_limit: 100 }
}

pub fn order(order: &str, total: u64) -> CreateOrder {
    CreateOrder { order_id: order.into(), customer_id: ada(), total }
}

pub fn cancel(order: &str) -> CancelOrder {
    CancelOrder { order_id: order.into() }
}

pub fn reserve(order: &str, amount: u64) -> ReserveCredit {
    ReserveCredit { customer_id: ada(), order_id: order.into(), amount }
}

pub fn release(order: &str) -> ReleaseCredit {
    ReleaseCredit { customer_id: ada(), order_id: order.into() }
}

pub fn approve(order: &str) -> ApproveOrder {
    ApproveOrder { order_id: order.into() }
}

pub fn reject(order: &str, reason: Reason) -> RejectOrder {
    RejectOrder { order_id: order.into(), reason }
}

// What has happened.

pub fn ada_created() -> CustomerCreated {
    CustomerCreated { customer_id: ada(), name: "Ada".into(), credit_limit: 100 }
}

pub fn reserved(order: &str, amount: u64) -> CreditReserved {
    CreditReserved { customer_id: ada(), order_id: order.into(), amount }
}

pub fn refused(order: &str) -> CreditRefused {
    CreditRefused { customer_id: ada(), order_id: order.into() }
}

pub fn released(order: &str, amount: u64) -> CreditReleased {
    CreditReleased { customer_id: ada(), order_id: order.into(), amount }
}

pub fn ordered(order: &str, total: u64) -> OrderCreated {
    OrderCreated { order_id: order.into(), customer_id: ada(), total }
}

pub fn approved(order: &str, total: u64) -> OrderApproved {
    OrderApproved { order_id: order.into(), customer_id: ada(), total }
}

pub fn rejected(order: &str, reason: Reason) -> OrderRejected {
    OrderRejected { order_id: order.into(), customer_id: ada(), reason }
}

pub fn cancelled(order: &str) -> OrderCancelled {
    OrderCancelled { order_id: order.into(), customer_id: ada() }
}

//! The rules of the invoker.

use evento::{
    SendError,
    testing::{deleted, invoker},
};

use crate::{invoker::*, payloads::*, story::*};

#[test]
fn each_call_that_changes_something_is_a_command() {
    invoker::<Shop>()
        .when(async |shop| shop.create_customer(ADA.into(), "Ada".into(), 100).await)
        .then_commands(create_ada())
        .when(async |shop| shop.create_order("o1".into(), ADA.into(), 70).await)
        .then_commands(order("o1", 70))
        .answers::<CancelOrder>(deleted())
        .when(async |shop| shop.cancel_order("o1".into()).await)
        .then_commands(cancel("o1"))
        .then_returned(|cancelled| assert!(matches!(cancelled, Err(SendError::Deleted { .. }))));
}

#[test]
fn each_call_that_looks_is_a_query() {
    invoker::<Shop>()
        .responds::<FindOrderHistory>(None)
        .responds::<ListOrderHistories>(Vec::new())
        .when(async |shop| shop.history(ADA.into()).await)
        .then_queries(FindOrderHistory { customer_id: ADA.into() })
        .when(async |shop| shop.histories(0, 10).await)
        .then_queries(ListOrderHistories { page: 0, size: 10 })
        .then_returned(|histories| assert!(histories.as_ref().unwrap().is_empty()));
}

//! The rules of the read side.

use std::collections::BTreeMap;

use evento::{
    prelude::*,
    testing::{projection, projector},
};

use crate::{payloads::*, read_side::*, story::*};

fn ada() -> OrderHistory {
    OrderHistory {
        customer_id: ADA.into(),
        name: Some("Ada".into()),
        credit_limit: 100,
        reserved: 0,
        orders: BTreeMap::new(),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// The history with one order, which came at 1 millisecond.
fn with_order(history: OrderHistory, status: OrderStatus, changed: i64) -> OrderHistory {
    let line = OrderLine { total: 70, status, created: at(1), changed: at(changed) };
    OrderHistory { orders: BTreeMap::from([("o1".to_owned(), line)]), ..history }
}

#[test]
fn a_history_tells_how_an_order_is_getting_on() {
    projector::<OrderHistorian>()
        .given(ada_created())
        .at(at(1))
        .when(ordered("o1", 70))
        .then_view(with_order(ada(), OrderStatus::Pending, 1))
        .at(at(2))
        .given(reserved("o1", 70))
        .when(approved("o1", 70))
        .then_view(with_order(OrderHistory { reserved: 70, ..ada() }, OrderStatus::Approved, 2))
        .at(at(3))
        .given(cancelled("o1"))
        .when(released("o1", 70))
        .then_view(with_order(ada(), OrderStatus::Cancelled, 3));
}

#[test]
fn a_history_tells_why_an_order_was_rejected() {
    projector::<OrderHistorian>()
        .given(ada_created())
        .at(at(1))
        .given(ordered("o1", 70))
        .when(rejected("o1", Reason::CreditLimitExceeded))
        .then_view(with_order(ada(), OrderStatus::Rejected(Reason::CreditLimitExceeded), 1));
}

#[test]
fn orders_may_come_before_their_customer() {
    let nobody = OrderHistory { name: None, credit_limit: 0, ..ada() };
    projector::<OrderHistorian>()
        .at(at(1))
        .when(ordered("o1", 70))
        .then_view(with_order(nobody, OrderStatus::Pending, 1))
        .when(ada_created())
        .then_view(with_order(ada(), OrderStatus::Pending, 1));
}

#[test]
fn a_history_is_found_by_its_customer() {
    let histories = || projection::<OrderHistories>().given(ada());
    histories().when(FindOrderHistory { customer_id: ADA.into() }).then_answer(Some(ada()));
    histories().when(FindOrderHistory { customer_id: "linus".into() }).then_answer(None);
}

#[test]
fn histories_are_listed_page_by_page() {
    let of = |customer: &str| OrderHistory { customer_id: customer.into(), ..ada() };
    projection::<OrderHistories>()
        .given(["linus", "ada", "grace"].map(of))
        .when(ListOrderHistories { page: 0, size: 2 })
        .then_answer(vec![of("ada"), of("grace")])
        .when(ListOrderHistories { page: 1, size: 2 })
        .then_answer(vec![of("linus")]);
}

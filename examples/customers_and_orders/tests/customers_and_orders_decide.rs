//! The rules of the aggregates.

use evento::testing::aggregate;

use crate::{payloads::*, story::*, write_side::*};

#[test]
fn a_customer_has_a_name() {
    aggregate::<Customer>().when(create_ada()).then_events(ada_created());
    let nameless = CreateCustomer { name: " ".into(), ..create_ada() };
    aggregate::<Customer>().when(nameless).then_rejected_saying("a customer has a name");
}

#[test]
fn what_is_reserved_never_exceeds_the_limit() {
    aggregate::<Customer>()
        .given((ada_created(), reserved("o1", 70)))
        .when(reserve("o2", 31))
        .then_events(refused("o2"))
        .when(reserve("o3", 30))
        .then_events(reserved("o3", 30))
        .when(reserve("o4", 1))
        .then_events(refused("o4"));
}

#[test]
fn credit_is_reserved_once_for_each_order() {
    aggregate::<Customer>().given((ada_created(), reserved("o1", 70))).when(reserve("o1", 70)).then_nothing();
}

#[test]
fn credit_that_is_given_back_can_be_reserved_again() {
    aggregate::<Customer>()
        .given((ada_created(), reserved("o1", 100)))
        .when(release("o1"))
        .then_events(released("o1", 100))
        .when(release("o1"))
        .then_nothing()
        .when(reserve("o2", 100))
        .then_events(reserved("o2", 100));
}

#[test]
fn nobody_but_a_customer_has_credit() {
    aggregate::<Customer>().when(reserve("o1", 1)).then_not_found();
    aggregate::<Customer>().when(release("o1")).then_not_found();
}

#[test]
fn an_order_costs_something() {
    aggregate::<Order>().when(order("o1", 70)).then_events(ordered("o1", 70));
    aggregate::<Order>().when(order("o1", 0)).then_rejected_saying("an order costs something");
}

#[test]
fn the_first_decision_about_an_order_counts() {
    let pending = || aggregate::<Order>().given(ordered("o1", 70));
    pending()
        .when(approve("o1"))
        .then_events(approved("o1", 70))
        .when(reject("o1", Reason::ReservationOverdue))
        .then_nothing();
    pending()
        .when(reject("o1", Reason::ReservationOverdue))
        .then_events(rejected("o1", Reason::ReservationOverdue))
        .when(reject("o1", Reason::CreditLimitExceeded))
        .then_nothing()
        .when(approve("o1"))
        .then_nothing();
}

#[test]
fn only_an_approved_order_can_be_cancelled() {
    const NOT_APPROVED: &str = "only an approved order can be cancelled";
    let pending = || aggregate::<Order>().given(ordered("o1", 70));
    pending().when(cancel("o1")).then_rejected_saying(NOT_APPROVED);
    pending()
        .given(rejected("o1", Reason::UnknownCustomer))
        .when(cancel("o1"))
        .then_rejected_saying(NOT_APPROVED);
    pending()
        .given(approved("o1", 70))
        .when(cancel("o1"))
        .then_events(cancelled("o1"))
        .when(cancel("o1"))
        .then_rejected_saying(NOT_APPROVED);
}

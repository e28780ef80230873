//! The rules of the processes: two observers, and the saga with its deadline.

use std::time::Duration;

use evento::testing::{SagaTest, deleted, not_found, observer, saga};

use crate::{payloads::*, process::*, story::*};

#[test]
fn credit_is_reserved_for_each_order() {
    observer::<CreditOffice>().when(ordered("o1", 70)).then_commands(reserve("o1", 70)).then_again_the_same();
}

#[test]
fn an_order_of_nobody_is_rejected() {
    observer::<CreditOffice>()
        .answers::<ReserveCredit>(not_found())
        .when(ordered("o1", 70))
        .then_commands((reserve("o1", 70), reject("o1", Reason::UnknownCustomer)));
}

#[test]
fn whatever_else_keeps_credit_from_being_reserved_is_tried_again() {
    observer::<CreditOffice>()
        .answers::<ReserveCredit>(deleted())
        .when(ordered("o1", 70))
        .then_fails_saying("is deleted");
}

#[test]
fn credit_is_given_back_when_an_order_comes_to_nothing() {
    observer::<CreditOffice>()
        .when(rejected("o1", Reason::ReservationOverdue))
        .then_commands(release("o1"))
        .when(cancelled("o2"))
        .then_commands(release("o2"));
    // Somebody who is no customer has nothing to give back.
    observer::<CreditOffice>()
        .answers::<ReleaseCredit>(not_found())
        .when(rejected("o1", Reason::UnknownCustomer))
        .then_commands(release("o1"));
}

#[test]
fn a_customer_is_told_of_the_approval() {
    let text = "Your order for 70 is approved.".into();
    observer::<ApprovalMailer>()
        .when(approved("o1", 70))
        .then_commands(SendMail { customer_id: ADA.into(), order_id: "o1".into(), text })
        .then_again_the_same();
}

fn pending() -> SagaTest<OrderProcess> {
    saga::<OrderProcess>().given(ordered("o1", 70))
}

#[test]
fn an_order_waits_for_its_credit() {
    saga::<OrderProcess>()
        .when(ordered("o1", 70))
        .then_no_commands()
        .then_sagas(1)
        .then_due(ReservationOverdue, RESERVED_WITHIN);
}

#[test]
fn an_order_with_credit_is_approved() {
    pending()
        .when(reserved("o1", 70))
        .then_commands(approve("o1"))
        .then_ended()
        .then_no_deadlines()
        // The time does not matter any more.
        .when_time_passes(RESERVED_WITHIN)
        .then_no_commands();
}

#[test]
fn an_order_beyond_the_limit_is_rejected() {
    pending().when(refused("o1")).then_commands(reject("o1", Reason::CreditLimitExceeded)).then_ended();
}

#[test]
fn an_order_does_not_wait_for_ever() {
    pending()
        .when_time_passes(RESERVED_WITHIN - Duration::from_millis(1))
        .then_no_commands()
        .then_due(ReservationOverdue, Duration::from_millis(1))
        .when_time_passes(Duration::from_millis(1))
        .then_commands(reject("o1", Reason::ReservationOverdue))
        .then_ended()
        // Credit that comes too late concerns nobody here.
        .when(reserved("o1", 70))
        .then_ignored();
}

#[test]
fn an_order_that_somebody_else_rejects_is_done_with() {
    pending().when(rejected("o1", Reason::UnknownCustomer)).then_no_commands().then_ended();
}

#[test]
fn orders_wait_side_by_side() {
    pending()
        .given(ordered("o2", 10))
        .when(reserved("o2", 10))
        .then_commands(approve("o2"))
        .then_sagas(1)
        .when_time_passes(RESERVED_WITHIN)
        .then_commands(reject("o1", Reason::ReservationOverdue))
        .then_ended();
}

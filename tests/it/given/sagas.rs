//! Tests of sagas.

use std::time::Duration;

use evento::{
    prelude::*,
    serde_json::json,
    testing::{SagaTest, rejected, saga},
};

use super::{says, shop::*};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn loan(owed: u64) -> Loan {
    Loan { account: "a".into(), owed, reminders: 0 }
}

fn begun() -> SagaTest<Loan> {
    saga::<Loan>().given(withdrawn(50))
}

#[test]
fn a_saga_begins_goes_on_and_ends() {
    saga::<Loan>()
        .when(withdrawn(50))
        .then_no_commands()
        .then_state_is(loan(50))
        .then_state_json(&json!({ "account": "a", "owed": 50, "reminders": 0 }))
        .then_due(Reminder { number: 1 }, seconds(60))
        .then_due(Expiry {}, seconds(200))
        .when(deposited(20))
        .then_commands(write("thanks"))
        .then_state(|saga| assert_eq!(saga.owed, 30))
        .when(Closed { account: "a".into() })
        .then_no_commands()
        .then_ended()
        .then_no_deadlines();
}

#[test]
fn time_passes_from_deadline_to_deadline() {
    begun()
        .when_time_passes(seconds(59))
        .then_no_commands()
        .when_time_passes(seconds(121))
        .then_commands([write("reminder 1 at 60"), write("reminder 2 at 120"), write("reminder 3 at 180")])
        .then_state(|saga| assert_eq!(saga.reminders, 3))
        .then_due(Reminder { number: 4 }, seconds(60))
        .then_deadlines(|pending| {
            let names: Vec<_> = pending.iter().map(|deadline| &*deadline.name).collect();
            assert_eq!(names, ["Expiry", "Reminder"], "in the order in which they are due");
        })
        .when_time_passes(seconds(1_000))
        .then_no_commands()
        .then_ended()
        .then_no_deadlines();
}

#[test]
fn a_deadline_that_is_cancelled_never_comes() {
    begun()
        .given(deposited(1))
        .when_time_passes(seconds(199))
        .then_no_commands()
        .when_time_passes(seconds(1))
        .then_ended();
}

#[test]
fn a_state_can_be_given_with_its_deadlines() {
    saga::<Loan>()
        .at(Timestamp::from_millis(10_000))
        .given_state(loan(5))
        .given_deadline(Reminder { number: 7 }, seconds(1))
        .when_time_passes(seconds(1))
        .then_commands(write("reminder 7 at 11"))
        .when(deposited(5))
        .then_state(|saga| assert_eq!((saga.owed, saga.reminders), (0, 1)));
    says(&["there is no saga"], || saga::<Loan>().given_deadline(Expiry {}, seconds(1)));
}

#[test]
fn an_event_finds_the_sagas_that_it_concerns() {
    let others = || Withdrawn { account: "b".into(), amount: 60 };
    begun()
        .given(others())
        .when(Deposited { account: "b".into(), amount: 10 })
        .then_commands(Write { to: "b".into(), text: "thanks".into() })
        .then_sagas(2)
        .when(Closed { account: "b".into() })
        .then_sagas(1)
        .then_state_is(loan(50));
    says(&["there are 2 sagas, and this is about one"], || begun().when(others()).then_state(|_| {}));
    says(&["1 ended, and 1 go on"], || {
        begun().given(others()).when(Closed { account: "b".into() }).then_ended()
    });
}

#[test]
fn what_concerns_nobody_is_told_with_the_reason() {
    begun().when(withdrawn(99)).then_ignored().then_state_is(loan(50));
    saga::<Loan>().when(deposited(1)).then_ignored().then_sagas(0);
    saga::<Loan>().when(withdrawn(1)).then_ignored();
    says(&["it was to concern no saga, and one has handled it"], || {
        begun().when(deposited(1)).then_ignored()
    });
    says(&["there is no saga", "the handler `withdrawn` began no saga"], || {
        saga::<Loan>().when(withdrawn(1)).then_state(|_| {})
    });
    says(&["the saga was to end, and it goes on; no saga has the account `b`; there is `a`"], || {
        begun().when(Closed { account: "b".into() }).then_ended()
    });
    says(&["a saga was to end, and there was none"], || saga::<Loan>().when(deposited(1)).then_ended());
    says(&["it has no handler for `Opened`"], || begun().when(opened()));
}

#[test]
fn a_handler_that_fails_changes_nothing() {
    begun()
        .when(deposited(51))
        .then_fails_saying("too much")
        .then_sent(|sent| assert_eq!(sent.len(), 1))
        .when(deposited(50))
        .then_state_is(loan(0));
    says(&["the handler failed: too much"], || begun().when(deposited(51)).then_state(|_| {}));
    says(&["the handler failed: too much"], || begun().when(deposited(51)).then_commands(write("thanks")));
    says(&["at `Deposited`, which was given: the handler failed: too much"], || begun().given(deposited(51)));
}

#[test]
fn a_deadline_whose_handler_fails_is_still_there() {
    begun()
        .answers::<Write>(rejected(Holiday))
        .when_time_passes(seconds(100))
        .then_fails::<Holiday>(|_| {})
        .when_time_passes(seconds(0))
        .then_commands(write("reminder 1 at 60"))
        .then_due(Reminder { number: 2 }, seconds(60));
}

#[test]
fn answers_are_for_what_happens_and_not_for_what_is_given() {
    saga::<Loan>()
        .answers::<Write>(rejected(Holiday))
        .given((withdrawn(50), deposited(1)))
        .when(deposited(1))
        .then_fails::<Holiday>(|_| {});
}

#[test]
fn other_states_and_deadlines_are_shown() {
    says(&["another state than expected", "-   \"owed\": 49,", "+   \"owed\": 50,"], || {
        saga::<Loan>().when(withdrawn(50)).then_state_is(loan(49))
    });
    let test = || saga::<Loan>().when(withdrawn(50));
    says(&["another `Reminder` than expected", "-   \"number\": 2", "+   \"number\": 1"], || {
        test().then_due(Reminder { number: 2 }, seconds(60))
    });
    says(&["`Expiry` was to be due after 60s, and it is due after 200s"], || {
        test().then_due(Expiry {}, seconds(60))
    });
    says(&["no deadline was to be waited for; there is `Reminder` after 60s, `Expiry` after 200s"], || {
        test().then_no_deadlines()
    });
    says(&["no `Expiry` is waited for; there is none"], || {
        saga::<Loan>().given_state(loan(1)).when(deposited(1)).then_due(Expiry {}, seconds(1))
    });
    says(&["2 sagas were to live, and it is 1"], || test().then_sagas(2));
}

#[test]
fn nothing_is_sent_for_the_past() {
    begun().replaying().when(deposited(1)).then_no_commands().then_state_is(loan(49));
}

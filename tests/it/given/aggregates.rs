//! Tests of aggregates: what passes, and what each way of failing says.

use evento::{
    SendError,
    prelude::*,
    serde_json::json,
    testing::{aggregate, stored},
};

use super::{failure, says, shop::*};

#[test]
fn a_thousand_tests_of_an_aggregate() {
    for amount in 1..=1_000 {
        let test = aggregate::<Account>().given(opened()).when(withdraw(amount));
        match amount <= 100 {
            true => test
                .then_events(withdrawn(amount))
                .then_state(|state| assert_eq!(state.balance, 100 - amount)),
            false => test.then_rejected(AccountError::TooLow { balance: 100, amount }),
        };
    }
}

#[test]
fn steps_follow_each_other() {
    aggregate::<Account>()
        .when(Open { account: "a".into() })
        .then_events(opened())
        .when(withdraw(70))
        .then_events([withdrawn(70)])
        .when(withdraw(70))
        .then_rejected(AccountError::TooLow { balance: 30, amount: 70 })
        .given((Some(deposited(50)), vec![deposited(1), deposited(2)], ()))
        .when(withdraw(80))
        .then_events((withdrawn(80), None::<Withdrawn>))
        .then_state_is(Account { balance: 3, last: ("Account `a` v5".into(), "nobody".into(), 0) });
}

#[test]
fn handlers_see_what_messages_say_beside_their_payloads() {
    aggregate::<Account>()
        .with(Metadata::new().with("user", "ada"))
        .at(Timestamp::from_millis(5))
        .given(opened())
        .when(Deposit { account: "a".into(), amount: 1 })
        .then_state(|state| assert_eq!(state.last, ("Account `a` v2".into(), "ada".into(), 5)))
        .then_messages(|events| {
            assert_eq!((events[0].version, events[0].timestamp.as_millis()), (2, 5));
            assert_eq!(events[0].metadata.get("user"), Some("ada"));
        });
}

#[test]
fn ids_are_counted_unless_they_are_given() {
    let id = CommandId::from_key("k");
    aggregate::<Account>().with_id(id).when(Open { account: "a".into() }).then_messages(|events| {
        assert_eq!(events[0].causation_id, id.into());
        assert_eq!(events[0].id.to_string(), "00000000-0000-0000-0000-000000000001");
    });
}

#[test]
fn an_event_of_an_earlier_version_goes_through_its_upcasters() {
    aggregate::<Account>()
        .given(stored::<Opened>(1, json!({ "account": "a" })))
        .when(withdraw(1))
        .then_rejected(AccountError::TooLow { balance: 0, amount: 1 });
    says(&["what was given cannot be", "version 3", "use a newer build"], || {
        aggregate::<Account>().given(stored::<Opened>(3, json!({})))
    });
}

#[test]
fn other_events_are_shown_as_a_difference() {
    let told = failure(|| {
        aggregate::<Account>().given(opened()).when(withdraw(30)).then_events(withdrawn(31));
    });
    let expected = r#"aggregate `Account`: other events than expected (-), namely (+):
  [
    {
      "Withdrawn": {
        "account": "a",
-       "amount": 31
+       "amount": 30
      }
    }
  ]
  given  Opened
  when   {"Withdraw":{"account":"a","amount":30}}"#;
    assert_eq!(told, expected);
}

#[test]
fn events_in_another_order_and_none_at_all_are_told() {
    let begun = || aggregate::<Account>().given(opened());
    says(&["there is none at all"], || {
        begun().when(Deposit { account: "a".into(), amount: 0 }).then_events(deposited(0))
    });
    begun().when(Deposit { account: "a".into(), amount: 0 }).then_nothing();
    says(&["other events than expected", "+"], || begun().when(withdraw(1)).then_nothing());
    says(&["the expected `Withdrawn` has the account `b`, the command was for `a`"], || {
        begun().when(withdraw(1)).then_events(Withdrawn { account: "b".into(), amount: 1 })
    });
}

#[test]
fn a_rejection_is_not_mistaken_for_another_one() {
    let rejected = || aggregate::<Account>().given(opened()).when(withdraw(101));
    says(&["the command was to be accepted", "does not cover 101"], || {
        rejected().then_events(withdrawn(101))
    });
    says(&["the command was to be accepted"], || rejected().then_nothing());
    says(&["another rejection than expected", "-     amount: 7,", "+     amount: 101,"], || {
        rejected().then_rejected(AccountError::TooLow { balance: 100, amount: 7 })
    });
    says(&["to be rejected with a `", "Holiday`", "does not cover 101"], || {
        rejected().then_rejected(Holiday)
    });
    says(&["it was to say `cats`, and it says: the balance of 100"], || {
        rejected().then_rejected_saying("cats")
    });
    rejected().then_rejected_as(|error: &AccountError| assert!(matches!(error, AccountError::TooLow { .. })));
    rejected().then_rejected_saying("the balance of 100 does not cover 101");
}

#[test]
fn an_error_is_found_behind_its_context() {
    let holiday = || {
        let command = Misbehave { account: "a".into(), how: "no".into() };
        aggregate::<Account>().given(opened()).when(command)
    };
    holiday()
        .then_rejected(Holiday)
        .then_rejected_saying("not today")
        .then_rejected_saying("the bank is closed");
}

#[test]
fn what_was_accepted_was_not_rejected() {
    let accepted = || aggregate::<Account>().given(opened()).when(withdraw(1));
    let words = "the command was not to be accepted, and it is, with `Withdrawn`";
    says(&[words], || accepted().then_rejected(Holiday));
    says(&[words], || accepted().then_rejected_saying("anything"));
    says(&[words], || accepted().then_error(|_| {}));
    says(&["the aggregate was not to be there, and the command was accepted"], || {
        accepted().then_not_found()
    });
    says(&["was to exist already"], || accepted().then_already_exists());
    says(&["was to be deleted"], || accepted().then_deleted());
    says(&["its life was to be over"], || accepted().then_ended());
}

#[test]
fn the_life_of_an_aggregate_decides_who_may_speak() {
    aggregate::<Account>().when(withdraw(1)).then_not_found();
    aggregate::<Account>().given(opened()).when(Open { account: "a".into() }).then_already_exists();
    let close = || Close { account: "a".into() };
    aggregate::<Account>()
        .given(opened())
        .when(close())
        .then_ended()
        .when(Open { account: "a".into() })
        .then_deleted();
    says(&["the aggregate was not to be there", "is deleted"], || {
        aggregate::<Account>()
            .given((opened(), Closed { account: "a".into() }))
            .when(withdraw(1))
            .then_not_found()
    });
    says(&["it has no state: its life has not begun"], || {
        aggregate::<Account>().when(withdraw(1)).then_not_found().then_state(|_| {})
    });
    says(&["it has no state: its life is over"], || {
        aggregate::<Account>().given(opened()).when(close()).then_state(|_| {})
    });
}

#[test]
fn what_cannot_have_happened_cannot_be_given() {
    says(&["what was given cannot be", "no life has begun"], || aggregate::<Account>().given(deposited(1)));
    says(&["what was given cannot be", "only starts one"], || {
        aggregate::<Account>().given((opened(), opened()))
    });
    says(&["what was given cannot be", "is not known to this aggregate"], || {
        aggregate::<Account>().given(Written { to: "a".into() })
    });
}

#[test]
fn an_event_that_cannot_be_applied_is_refused_and_changes_nothing() {
    let misbehave = |how: &str| Misbehave { account: "a".into(), how: how.into() };
    aggregate::<Account>()
        .given(opened())
        .when(misbehave("begin twice"))
        .then_error(|error| assert!(matches!(error, SendError::CannotApply { version: 3, .. }), "{error}"))
        // The first of the two events has not happened either.
        .when(withdraw(101))
        .then_rejected(AccountError::TooLow { balance: 100, amount: 101 });
    aggregate::<Account>()
        .given(opened())
        .when(misbehave("panic"))
        .then_error(|error| assert!(error.to_string().contains("deciding went wrong"), "{error}"));
    says(&["to reject the command, and it came to something else", "deciding went wrong"], || {
        aggregate::<Account>().given(opened()).when(misbehave("panic")).then_rejected_saying("wrong")
    });
}

#[test]
fn what_does_not_survive_its_json_is_found() {
    says(&["`Forgetful` does not survive its JSON", "missing field `secret`", "\"account\": \"a\""], || {
        aggregate::<Account>().given((opened(), Forgetful { account: "a".into(), secret: "x".into() }))
    });
    says(&["`Fickle` does not survive its JSON", "-   \"number\": 1", "+   \"number\": 2"], || {
        aggregate::<Account>().given(Fickle { number: 1 })
    });
    // One that is decided is found where it is applied, as in an application.
    let forget = Misbehave { account: "a".into(), how: "forget".into() };
    aggregate::<Account>()
        .given(opened())
        .when(forget)
        .then_error(|error| assert!(error.to_string().contains("missing field `secret`"), "{error}"));
}

#[test]
fn a_state_that_has_no_snapshot_is_found() {
    says(&["the state does not survive a snapshot", "key must be a string"], || {
        aggregate::<Unkept>().when(Keep { id: "a".into() })
    });
}

#[test]
fn another_state_is_shown_as_a_difference() {
    let state = |balance| Account { balance, last: ("Account `a` v1".into(), "nobody".into(), 0) };
    let test = || aggregate::<Account>().given(opened()).when(withdraw(30));
    test().then_state_is(state(70));
    says(&["another state than expected", "-   \"balance\": 71,", "+   \"balance\": 70,"], || {
        test().then_state_is(state(71))
    });
    says(&["another state", "-   \"balance\": 1,"], || {
        test().then_state_json(&json!({ "balance": 1, "last": [] }))
    });
}

#[test]
fn a_command_that_has_no_handler_or_another_aggregate_is_told() {
    says(&["it has no handler for `Withdrawal`; did you mean `Withdraw`?"], || {
        aggregate::<Account>().when(Withdrawal { account: "a".into() })
    });
    says(&["this test is about the one with the id `a`, and this `Withdraw` is for `b`"], || {
        let other = Withdraw { account: "b".into(), amount: 1 };
        aggregate::<Account>().given(opened()).when(withdraw(1)).then_events(withdrawn(1)).when(other)
    });
    aggregate::<Account>()
        .when(Open { account: String::new() })
        .then_error(|error| assert!(matches!(error, SendError::EmptyId { .. }), "{error}"));
}

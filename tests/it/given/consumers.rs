//! Tests of observers, and the doubles of what they send and ask.

use std::io;

use evento::{
    SendError,
    prelude::*,
    testing::{ObserverTest, accepted, already_exists, fails, not_found, observer, rejected, stored},
};

use super::{says, shop::*};

fn clerk() -> ObserverTest<Clerk> {
    observer::<Clerk>().responds::<FindAddress>(Some("ada".into()))
}

fn letter() -> Write {
    Write { to: "ada".into(), text: "7 less".into() }
}

fn fee() -> Deposit {
    Deposit { account: "bank".into(), amount: 1 }
}

#[test]
fn what_is_sent_and_asked_is_compared_in_order() {
    let ask = |account: &str| FindAddress { account: account.into() };
    let test = || clerk().when(withdrawn(7));
    test().then_queries(ask("a")).then_commands((letter(), fee()));
    says(&["other commands than expected", "they are the same, in another order"], || {
        test().then_commands((fee(), letter()))
    });
    says(
        &["other commands than expected", "-       \"text\": \"8 less\",", "+       \"text\": \"7 less\","],
        || test().then_commands((Write { text: "8 less".into(), ..letter() }, fee())),
    );
    says(&["other commands", "+     \"Deposit\""], || test().then_commands(letter()));
    says(&["other commands"], || test().then_no_commands());
    says(&["other queries than expected", "-       \"account\": \"b\""], || test().then_queries(ask("b")));
}

#[test]
fn a_failure_is_no_success() {
    let refused = || clerk().answers::<Write>(rejected(Holiday)).when(withdrawn(7));
    refused()
        .then_fails::<Holiday>(|error| assert_eq!(*error, Holiday))
        .then_fails_saying("`Write` was rejected: the bank is closed")
        .then_sent(|sent| assert_eq!(sent.len(), 1, "the second one was not sent any more"));
    says(&["the handler failed: `Write` was rejected"], || refused().then_commands(letter()));
    says(&["it was to say `cats`"], || refused().then_fails_saying("cats"));
    says(&["to fail with a `std::io", "Error`, and it failed with another error"], || {
        refused().then_fails::<io::Error>(|_| {})
    });
    says(&["the handler was to fail, and it has succeeded"], || {
        clerk().when(withdrawn(7)).then_fails_saying("no")
    });
}

#[test]
fn answers_come_one_after_the_other() {
    clerk()
        .answers::<Write>(accepted(Written { to: "ada".into() }))
        .answers::<Write>(not_found())
        .answers::<Deposit>(already_exists())
        .when(withdrawn(1))
        .then_fails_saying("exists already")
        .when(withdrawn(2))
        .then_fails_saying("does not exist")
        .when(withdrawn(3))
        .then_commands((Write { text: "3 less".into(), ..letter() }, fee()));
}

#[test]
fn a_command_can_end_in_any_way() {
    let refusal = evento::Refusal::ShuttingDown;
    clerk()
        .answers::<Deposit>(fails(SendError::Refused { command: "Deposit", refusal }))
        .when(withdrawn(1))
        .then_fails::<SendError>(|error| assert!(error.is_transient()));
}

#[test]
fn what_the_test_says_in_vain_is_told() {
    says(&["answers that nobody has got", "2 more to `Write`, which was not sent as often"], || {
        observer::<Clerk>()
            .responds::<FindAddress>(None)
            .answers::<Write>(accepted(()))
            .answers::<Write>(accepted(()))
            .when(withdrawn(1))
            .then_no_commands()
    });
    says(&["answers that nobody has got", "1 more to `FindBalance`, which was not asked as often"], || {
        clerk().responds::<FindBalance>(None).when(withdrawn(7)).then_commands((letter(), fee()))
    });
}

#[test]
fn what_the_test_does_not_say_is_told() {
    says(
        &[
            "`FindAddress` was asked, and the test does not say what is answered",
            ".responds::<FindAddress>(..)",
        ],
        || observer::<Clerk>().when(withdrawn(1)),
    );
}

#[test]
fn responses_come_one_after_the_other_and_the_last_one_stands() {
    let of = |to: &str| Write { to: to.into(), text: "1 less".into() };
    clerk()
        .responds::<FindAddress>(Some("linus".into()))
        .when(withdrawn(1))
        .then_sent(|sent| assert_eq!(sent[0].command::<Write>().unwrap().to, "ada"))
        .when(withdrawn(1))
        .then_commands((of("linus"), fee()))
        .when(withdrawn(1))
        .then_commands((of("linus"), fee()));
}

#[test]
fn a_query_can_fail() {
    observer::<Clerk>()
        .fails_to_respond::<FindAddress>("the book is lost")
        .when(withdrawn(1))
        .then_fails_saying("the book is lost")
        .then_fails::<QueryError>(|_| {});
}

#[test]
fn handlers_see_what_messages_say_beside_their_payloads() {
    observer::<Clerk>()
        .with(Metadata::new().with("user", "ada"))
        .at(Timestamp::from_millis(5))
        .when(Closed { account: "a".into() })
        .then_fails_saying("ada at 5 of 1: a")
        .when(Closed { account: "b".into() })
        .then_fails_saying("ada at 5 of 2: b");
    clerk()
        .with(Metadata::new().with("user", "ada"))
        .in_context(Context::new("north"))
        .when(withdrawn(7))
        .then_sent(|sent| {
            assert_eq!(sent[0].message.metadata.get("user"), Some("ada"));
            assert_eq!(sent[0].message.context, Context::new("north"));
            assert_eq!((sent[0].target.as_deref(), sent[1].target.as_deref()), (None, Some("bank")));
        });
}

#[test]
fn nothing_is_sent_for_the_past() {
    clerk().replaying().when(withdrawn(7)).then_no_commands();
}

#[test]
fn a_repetition_sends_the_same_under_the_same_ids() {
    clerk().answers::<Write>(accepted(())).when(withdrawn(7)).then_again_the_same();
    says(&["the first time other commands were sent (-) than the second time (+)", "turn"], || {
        observer::<Scatterbrain>().when(opened()).then_again_the_same()
    });
}

#[test]
fn ids_differ_from_command_to_command_and_from_event_to_event() {
    let mut ids = Vec::new();
    let test =
        clerk().when(withdrawn(7)).then_sent(|sent| ids.extend(sent.iter().map(|sent| sent.message.id)));
    let mut others = Vec::new();
    test.when(withdrawn(7)).then_sent(|sent| others.extend(sent.iter().map(|sent| sent.message.id)));
    let all: std::collections::BTreeSet<_> = ids.iter().chain(&others).collect();
    assert_eq!(all.len(), 4);
}

#[test]
fn an_event_that_has_no_handler_is_told() {
    says(&["observer `Clerk`: it has no handler for `Written`; it handles `Withdrawn`, `Closed`"], || {
        observer::<Clerk>().when(Written { to: "a".into() })
    });
    says(&["`when` takes one at a time, and these are 2"], || {
        let old = || stored::<Opened>(1, evento::serde_json::json!({ "account": "a" }));
        observer::<Scatterbrain>().when_stored((old(), old()))
    });
}

#[test]
fn a_test_is_a_plain_function() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    says(&["this test is asynchronous, and the kit waits by itself", "#[test] fn"], || {
        runtime.block_on(async { clerk().when(withdrawn(7)).then_commands((letter(), fee())) })
    });
}

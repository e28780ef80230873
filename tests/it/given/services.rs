//! Tests of services.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use evento::{
    prelude::*,
    testing::{ServiceTest, deleted, rejected, service},
};

use super::{says, shop::*};

fn mailer() -> ServiceTest<Mailer> {
    service::<Mailer>().provide(Arc::<AtomicU32>::default())
}

#[test]
fn events_and_commands_are_compared() {
    let id = CommandId::from_key("k");
    let test = || mailer().with_id(id).when(write("hello"));
    let charge = || Withdraw { account: id.to_string(), amount: 1 };
    test().then_events(Written { to: "a".into() }).then_commands(charge()).then_again_the_same();
    says(&["other events than expected", "-       \"to\": \"b\"", "when   {\"Write\":"], || {
        test().then_events(Written { to: "b".into() })
    });
    says(&["other events"], || test().then_nothing());
    says(&["other commands"], || test().then_no_commands());
    mailer().when(Write { to: String::new(), text: String::new() }).then_nothing().then_no_commands();
}

#[test]
fn a_rejection_is_told_from_another_one_and_from_success() {
    let bank = || mailer().when(Write { to: "bank".into(), text: String::new() });
    bank().then_rejected(Holiday).then_rejected_saying("closed").then_rejected_as(|_: &Holiday| {});
    says(&["to fail with a `", "AccountError`"], || {
        bank().then_rejected(AccountError::TooLow { balance: 0, amount: 0 })
    });
    says(&["it was to say `cats`"], || bank().then_rejected_saying("cats"));
    says(&["the handler failed: the bank is closed"], || bank().then_nothing());
    says(&["the handler was to fail, and it has succeeded"], || {
        mailer().when(write("x")).then_rejected(Holiday)
    });
    mailer().answers::<Withdraw>(deleted()).when(write("x")).then_rejected(Holiday);
    mailer().answers::<Withdraw>(rejected(Holiday)).when(write("x")).then_rejected(Holiday);
}

#[test]
fn the_component_is_built_once() {
    let sent = Arc::<AtomicU32>::default();
    service::<Mailer>()
        .provide(sent.clone())
        .when(write("x"))
        .then_events(Written { to: "a".into() })
        .when(write("y"))
        .then_events(Written { to: "a".into() });
    assert_eq!(sent.load(Ordering::Relaxed), 2);
    says(&["`Mailer` needs `Arc", "which nobody provided: add `.provide(..)`"], || {
        service::<Mailer>().when(write("x"))
    });
}

//! Tests of invokers.

use evento::{
    Client,
    prelude::*,
    testing::{InvokerTest, invoker, rejected},
};

use super::{says, shop::*};

fn balance(balance: u64) -> Balance {
    Balance { account: "a".into(), owner: "ada".into(), balance }
}

fn counter() -> InvokerTest<Counter> {
    invoker::<Counter>().responds::<FindBalance>(Some(balance(30)))
}

async fn draw(counter: Client<Counter>) -> Result<u64> {
    counter.draw("a".into(), 70).await
}

#[test]
fn a_call_returns_sends_and_asks() {
    counter()
        .with(Metadata::new().with("user", "ada"))
        .when(draw)
        .then_commands(withdraw(70))
        .then_queries(FindBalance { account: "a".into() })
        .then_returned(|left| assert_eq!(*left.as_ref().unwrap(), 30))
        .then_sent(|sent| assert_eq!(sent[0].message.metadata.get("user"), Some("ada")));
    says(&["invoker `Counter`: other commands than expected", "-       \"amount\": 71"], || {
        counter().when(draw).then_commands(withdraw(71))
    });
    says(&["there is no `Withdrawal`; there is a `Withdraw`"], || {
        counter().when(draw).then_commands(Withdrawal { account: "a".into() })
    });
}

#[test]
fn a_client_can_be_adjusted() {
    let id = CommandId::from_key("k");
    let mut ids = Vec::new();
    let once = async |counter: Client<Counter>| draw(counter.idempotent(id)).await.is_ok();
    counter()
        .when(async |counter: Client<Counter>| (once(counter.clone()).await, once(counter).await))
        .then_returned(|both| assert_eq!(*both, (true, true)))
        .then_sent(|sent| ids.extend(sent.iter().map(|sent| sent.message.id)));
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "a call that is repeated sends the same command");
}

#[test]
fn a_caller_sees_the_rejection() {
    invoker::<Counter>().answers::<Withdraw>(rejected(Holiday)).when(draw).then_returned(|left| {
        let error = left.as_ref().unwrap_err();
        let sending = evento::find::<SendError>(error).expect("the error of the command");
        assert_eq!(sending.rejected_with::<Holiday>(), Some(&Holiday));
    });
}

#[test]
fn what_the_test_does_not_say_is_told() {
    says(&["`FindBalance` was asked, and the test does not say what is answered"], || {
        invoker::<Counter>().when(draw)
    });
    says(&["answers that nobody has got"], || {
        counter().answers::<Deposit>(rejected(Holiday)).when(draw).then_returned(|_| {})
    });
}

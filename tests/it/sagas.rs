//! Sagas: start, go on, end, and whom an event concerns.

use crate::{
    domain::start,
    stores::{PATIENCE, on_every_store},
};

#[test]
fn a_saga_starts_goes_on_and_ends_with_its_account() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        for account in ["a", "b"] {
            running.bank.open(account.into()).await.expect("it opens");
        }
        for _ in 0..3 {
            running.bank.deposit("a".into(), 1).await.expect("it is accepted");
        }
        running.bank.deposit("b".into(), 1).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!(view.balance, 1_003, "the third deposit brought the bonus, once");
        let live = store.list_sagas("bank/Bonus", None, 10).await.expect("a read");
        assert_eq!(live.len(), 2);
        let found = store.find_sagas("bank/Bonus", "account", "a").await.expect("a read");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].state.get(), r#"{"account":"a","deposits":4}"#);

        running.bank.withdraw("b".into(), 1).await.expect("it is accepted");
        running.bank.close("b".into()).await.expect("it closes");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(store.list_sagas("bank/Bonus", None, 10).await.expect("a read").len(), 1);
        let lines = running.outside.lines();
        assert!(lines.iter().any(|line| line.starts_with("begin b goodbye after 1")), "{lines:?}");
    });
}

#[test]
fn a_saga_goes_on_after_a_restart() {
    on_every_store(|store| async move {
        for round in 0..3 {
            let running = start(&store).await;
            if round == 0 {
                running.bank.open("a".into()).await.expect("it opens");
            }
            running.bank.deposit("a".into(), 1).await.expect("it is accepted");
            running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
            if round == 2 {
                let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
                assert_eq!(view.balance, 1_003);
            }
            running.app.shutdown().await.expect("everything comes to rest");
        }
    });
}

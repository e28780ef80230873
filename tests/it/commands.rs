//! Commands: life cycle, idempotency, concurrency, snapshots.

use evento::{SendError, message::CommandId, payload::Payload, prelude::*, store::LogQuery};

use crate::{
    domain::{AccountError, Bank, BankBundle, Deposited, Misbehaviour, Opened, Outside, Sabotage, start},
    stores::{PATIENCE, on_every_store},
};

#[test]
fn unknown_existing_and_deleted_aggregates_are_told_apart() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let bank = &running.bank;
        let unknown = bank.deposit("a".into(), 1).await.expect_err("there is no account");
        assert!(matches!(&unknown, SendError::NotFound { stream, .. } if &*stream.id == "a"), "{unknown}");
        let receipt = bank.open("a".into()).await.expect("it opens");
        assert_eq!(receipt.event::<Opened>().expect("it decodes"), Some(Opened { account: "a".into() }));
        let again = bank.open("a".into()).await.expect_err("it is open");
        assert!(matches!(again, SendError::AlreadyExists { .. }), "{again}");
        bank.close("a".into()).await.expect("it closes");
        for error in [
            bank.open("a".into()).await.expect_err("deleted is for ever"),
            bank.deposit("a".into(), 1).await.expect_err("deleted is for ever"),
        ] {
            assert!(matches!(error, SendError::Deleted { .. }), "{error}");
        }
        drop(running);
        let restarted = start(&store).await;
        let error = restarted.bank.open("a".into()).await.expect_err("also after a restart");
        assert!(matches!(error, SendError::Deleted { .. }), "{error}");
    });
}

#[test]
fn a_rejection_is_the_handlers_own_error() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let bank = &running.bank;
        bank.open("a".into()).await.expect("it opens");
        let error = bank.withdraw("a".into(), 7).await.expect_err("there is no money");
        let own = error.rejected_with::<AccountError>().expect("the handler's error");
        assert_eq!(*own, AccountError::Insufficient { balance: 0, amount: 7 });
        let error = bank.misbehave("a".into(), Misbehaviour::RejectWithAnyhow).await.expect_err("it says no");
        let own = error.rejected_with::<AccountError>().expect("the error within the anyhow::Error");
        assert_eq!(*own, AccountError::NotEmpty(0));
        assert_eq!(
            error.rejection().map(|rejection| rejection.reason()),
            Some("misbehaving: the account still holds 0")
        );
        // Converted on the way out, the type is still within reach.
        let error: Error = error.into();
        assert_eq!(evento::find::<AccountError>(&error), Some(&AccountError::NotEmpty(0)));
    });
}

#[test]
fn a_command_is_handled_once_per_id() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let bank = &running.bank;
        bank.open("a".into()).await.expect("it opens");
        let id = CommandId::from_key("payment 1");
        let first = bank.idempotent(id).deposit("a".into(), 5).await.expect("it is new");
        let second = bank.idempotent(id).deposit("a".into(), 5).await.expect("it is known");
        assert!(!first.is_repeated() && second.is_repeated());
        assert_eq!((first.position(), first.command_id()), (second.position(), second.command_id()));
        assert_eq!(second.event::<Deposited>().expect("it decodes").map(|event| event.amount), Some(5));
        let other = bank.idempotent(id).deposit("a".into(), 6).await.expect_err("it is another command");
        assert!(matches!(other, SendError::IdReused { .. }), "{other}");
        // A decision without events is an outcome too.
        let nothing = CommandId::from_key("payment 2");
        bank.idempotent(nothing).deposit("a".into(), 0).await.expect("nothing to do");
        assert!(bank.idempotent(nothing).deposit("a".into(), 0).await.expect("known").is_repeated());
        // A rejection of a caller's own id is not: the caller may mend what was wrong and try again.
        let retried = CommandId::from_key("payment 3");
        bank.idempotent(retried).withdraw("a".into(), 9).await.expect_err("too much");
        bank.deposit("a".into(), 4).await.expect("more money");
        bank.idempotent(retried).withdraw("a".into(), 9).await.expect("enough now");
    });
}

#[test]
fn concurrent_commands_of_two_processes_come_out_even() {
    on_every_store(|store| async move {
        // Two applications with caches of their own on one log are what two processes are.
        let (one, two) = (start(&store).await, start(&store).await);
        for account in 0..3 {
            one.bank.open(format!("a{account}")).await.expect("it opens");
        }
        let mut tasks = tokio::task::JoinSet::new();
        for worker in 0..8_u64 {
            let bank = if worker % 2 == 0 { one.bank.clone() } else { two.bank.clone() };
            tasks.spawn(async move {
                let mut accepted = 0;
                for round in 0..40 {
                    let account = format!("a{}", (worker + round) % 3);
                    match bank.deposit(account, 1).await {
                        Ok(_) => accepted += 1,
                        Err(SendError::Conflict { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                accepted
            });
        }
        let accepted: u64 = tasks.join_all().await.into_iter().sum();
        let deposits = LogQuery {
            filter: evento::store::LogFilter {
                names: [Deposited::META.name.into()].into(),
                ..Default::default()
            },
            max_events: 10_000,
            max_bytes: usize::MAX,
            ..LogQuery::default()
        };
        let stored = store.read_log(&deposits).await.expect("the log").events;
        let own = stored.iter().filter(|event| !event.message.payload.get().contains("1000")).count();
        assert_eq!(own as u64, accepted, "each accepted deposit is stored once, and no other");
        assert!(accepted > 250, "most of 320 deposits get through: {accepted}");
        drop(two);
    });
}

#[test]
fn a_snapshot_and_a_replay_agree() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        for amount in 1..=12 {
            running.bank.deposit("a".into(), amount).await.expect("it is accepted");
        }
        running.app.wait_for_head(PATIENCE).await.expect("the bonus is paid");
        let stream = evento::message::StreamId::new("Account", "a");
        let snapshot = store.load_snapshot(&stream).await.expect("a read").expect("a snapshot");
        assert!(snapshot.version >= 10, "it was kept at {}", snapshot.version);
        // 1 + 2 + … + 12, and the bonus of the saga.
        let balance = 78 + 1_000;
        running.app.shutdown().await.expect("everything comes to rest");
        let from_snapshot = start(&store).await;
        from_snapshot.bank.withdraw("a".into(), balance + 1).await.expect_err("more than there is");
        drop(from_snapshot);
        let stale = evento::store::Snapshot { hash: snapshot.hash ^ 1, version: u64::MAX >> 1, ..snapshot };
        store.save_snapshot(&stream, stale).await.expect("a snapshot of other code");
        let replayed = start(&store).await;
        let error = replayed.bank.withdraw("a".into(), balance + 1).await.expect_err("more than there is");
        assert_eq!(
            error.rejected_with(),
            Some(&AccountError::Insufficient { balance, amount: balance + 1 }),
            "a snapshot of other code is not used"
        );
        replayed.bank.withdraw("a".into(), balance).await.expect("exactly what there is");
    });
}

#[test]
fn states_that_do_not_fit_the_cache_are_loaded_again() {
    on_every_store(|store| async move {
        let app = BankBundle::builder()
            .shared_store(store.clone())
            .provide(Outside::default())
            .provide(Sabotage::default())
            .state_cache(2_048)
            .start()
            .await
            .expect("it starts");
        let bank: evento::Client<Bank> = app.invoker();
        for account in 0..20 {
            bank.open(account.to_string()).await.expect("it opens");
        }
        for round in 0..3 {
            for account in 0..20 {
                bank.deposit(account.to_string(), account + round).await.expect("it is accepted");
            }
        }
        let error = bank.withdraw("7".into(), 10_000).await.expect_err("more than there is");
        let Some(AccountError::Insufficient { balance, .. }) = error.rejected_with() else {
            panic!("{error}")
        };
        assert_eq!(balance % 1_000, 7 + 8 + 9, "every deposit is in the state, whatever was cached");
    });
}

//! Consumers: checkpoints, first starts, contexts, failures, shutdown.

use std::{sync::Arc, time::Duration};

use evento::{
    consumer::ConsumerState,
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, ConnectOptions, sqlite::SqliteConnectOptions},
    store::{ConsumerId, SharedStore},
};

use crate::{
    domain::{Accounts, Bank, BankBundle, Outside, Sabotage, start},
    stores::{PATIENCE, eventually, on_every_store, run},
};

pub fn projector(context: &'static str) -> ConsumerId {
    ConsumerId { component: "bank/Accounts".into(), version: 1, context: context.into() }
}

#[test]
fn views_and_checkpoint_go_on_where_they_were_after_a_restart() {
    on_every_store(|store| async move {
        for round in 1..=3_u64 {
            let running = start(&store).await;
            if round == 1 {
                running.bank.open("a".into()).await.expect("it opens");
            }
            running.bank.deposit("a".into(), 10).await.expect("it is accepted");
            let head = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
            let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
            // The third deposit is followed by the bonus, which is a deposit too.
            let bonus = u64::from(round == 3);
            assert_eq!((view.balance, view.events), (round * 10 + bonus * 1_000, 1 + round + bonus));
            running.app.shutdown().await.expect("everything comes to rest");
            let record = store.consumer(&projector("*")).await.expect("a read").expect("a record");
            assert_eq!((record.checkpoint, record.epoch), (head, round));
        }
    });
}

#[test]
fn projectors_begin_with_the_first_event_and_observers_with_the_next() {
    on_every_store(|store| async move {
        // A bundle of the aggregate alone writes the past.
        let past =
            evento_past::PastBundle::builder().shared_store(store.clone()).start().await.expect("it starts");
        past.invoker::<evento_past::Past>().open("old".into()).await.expect("it opens");
        past.shutdown().await.expect("it stops");

        let running = start(&store).await;
        running.bank.open("new".into()).await.expect("it opens");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert!(
            running.bank.find("old".into()).await.expect("an answer").is_some(),
            "the projector knows the past"
        );
        let lines = running.outside.lines();
        assert!(lines.iter().any(|line| line.starts_with("begin new")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("old")), "nobody is welcomed for the past: {lines:?}");
    });
}

mod evento_past {
    use evento::prelude::*;

    use crate::domain::{Account, Open};

    #[derive(Default)]
    pub struct Past;

    #[invoker]
    impl Past {
        #[invocation_handler]
        pub async fn open(&self, commands: &Commands<Open>, account: String) -> Result<Receipt, SendError> {
            commands.send(Open { account }).await
        }
    }

    bundle! { pub PastBundle { id: "past", version: 1, components: [Account, Past] } }
}

#[test]
fn a_consumer_bound_to_contexts_handles_no_others_and_has_a_checkpoint_in_each() {
    on_every_store(|store| async move {
        let app = BankBundle::builder()
            .shared_store(store.clone())
            .provide(Outside::default())
            .provide(Sabotage::default())
            .contexts::<Accounts>([Context::new("north"), Context::new("south")])
            .start()
            .await
            .expect("it starts");
        let bank: evento::Client<Bank> = app.invoker();
        for context in ["north", "south", "east"] {
            bank.in_context(Context::new(context)).open(context.into()).await.expect("it opens");
        }
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for (account, known) in [("north", true), ("south", true), ("east", false)] {
            assert_eq!(bank.find(account.into()).await.expect("an answer").is_some(), known, "{account}");
        }
        app.shutdown().await.expect("it stops");
        for context in ["north", "south"] {
            assert!(store.consumer(&projector(context)).await.expect("a read").is_some(), "{context}");
        }
        assert!(store.consumer(&projector("*")).await.expect("a read").is_none());
    });
}

#[test]
fn a_failing_event_is_tried_again_and_its_writes_are_undone() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        running.sabotage.fail("a", 2);
        running.bank.deposit("a".into(), 5).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("the third attempt succeeds");
        let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!((view.balance, view.events), (5, 2), "two attempts left nothing behind");
        let status = running.app.status().await.expect("a status");
        let accounts = status.iter().find(|status| status.consumer == projector("*")).expect("the projector");
        assert_eq!((accounts.parked, accounts.lag, &accounts.last_error), (0, 0, &None));
    });
}

#[test]
fn an_event_that_fails_for_good_is_put_aside_with_those_behind_it_and_blocks_no_others() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        for account in ["bad", "good"] {
            running.bank.open(account.into()).await.expect("it opens");
        }
        running.sabotage.fail("bad", u32::MAX);
        for account in ["bad", "good"] {
            running.bank.deposit(account.into(), 5).await.expect("it is accepted");
        }
        running.bank.withdraw("bad".into(), 1).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        let bad = running.bank.find("bad".into()).await.expect("an answer").expect("a row");
        assert_eq!((bad.balance, bad.events), (0, 1), "the view is as before the event that failed");
        let good = running.bank.find("good".into()).await.expect("an answer").expect("a row");
        assert_eq!((good.balance, good.events), (5, 2));
        let dead = store.dead_events(&projector("*"), Position::START, 10).await.expect("a read");
        let told: Vec<_> =
            dead.iter().map(|dead| (dead.error.as_deref(), dead.attempts, &*dead.key)).collect();
        assert_eq!(told, [(Some("sabotage"), 3, "Account/bad"), (None, 0, "Account/bad")]);
        running.app.shutdown().await.expect("everything comes to rest");

        // After a restart, the key is still closed.
        let running = start(&store).await;
        running.bank.deposit("bad".into(), 7).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        let dead = store.dead_events(&projector("*"), Position::START, 10).await.expect("a read");
        assert_eq!(dead.len(), 3, "{dead:?}");
    });
}

#[test]
fn a_shutdown_refuses_what_comes_and_ends_what_is_there() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let bank = running.bank.clone();
            tasks.spawn(async move { bank.deposit("a".into(), 1).await });
        }
        running.app.shutdown().await.expect("everything comes to rest");
        let outcomes = tasks.join_all().await;
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert!(matches!(error, SendError::Refused { .. }), "{error}");
        }
        let late = running.bank.deposit("a".into(), 1).await.expect_err("nobody is there");
        assert!(matches!(late, SendError::Refused { .. }), "{late}");
        let restarted = start(&store).await;
        restarted.app.wait_for_head(PATIENCE).await.expect("the rest is handled");
        let view = restarted.bank.find("a".into()).await.expect("an answer").expect("a row");
        let bonus = if accepted >= 3 { 1_000 } else { 0 };
        assert_eq!(view.balance, accepted + bonus, "what was acknowledged is there, once");
    });
}

#[test]
fn consumers_are_woken_within_a_process_and_do_not_wait_for_their_interval() {
    on_every_store(|store| async move {
        let app = BankBundle::builder()
            .shared_store(store.clone())
            .provide(Outside::default())
            .provide(Sabotage::default())
            .poll_interval(Duration::from_secs(3_600))
            .start()
            .await
            .expect("it starts");
        let bank: evento::Client<Bank> = app.invoker();
        bank.open("a".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("long before the hour is over");
        bank.deposit("a".into(), 1).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("long before the hour is over");
        app.shutdown().await.expect("nobody waits for the hour");
    });
}

/// Lets the log go back while all consumers are interrupted, and waits until they have noticed.
async fn interrupt_while_it_goes_back(back: &'static str) {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let path = folder.path().join("bank.db");
    let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
    let store: SharedStore = Arc::new(store);
    let running = start(&store).await;
    running.bank.open("a".into()).await.expect("it opens");
    let before = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
    running.bank.deposit("a".into(), 10).await.expect("it is accepted");
    running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
    let all_are = async |state: ConsumerState| {
        eventually("a state of every consumer", async || {
            let status = running.app.status().await.expect("a status");
            status.iter().all(|consumer| consumer.state == state)
        })
        .await;
    };

    let options = SqliteConnectOptions::new().filename(&path);
    let mut other = options.connect().await.expect("a connection of another program");
    sqlx::query("alter table event rename to hidden").execute(&mut other).await.expect("an outage");
    all_are(ConsumerState::BackingOff).await;
    sqlx::query(back).bind(before.0.cast_signed()).execute(&mut other).await.expect("an older state");
    all_are(ConsumerState::Failed).await;
    running.app.shutdown().await.expect("everything comes to rest");
}

#[test]
fn a_consumer_that_was_interrupted_when_the_log_went_back_is_told() {
    run(interrupt_while_it_goes_back(
        "begin immediate; delete from hidden where position > ?1;
        update head set position = ?1; update consumer set checkpoint = min(checkpoint, ?1);
        alter table hidden rename to event; commit",
    ));
}

#[test]
fn a_consumer_that_was_claimed_by_the_same_number_in_an_older_copy_is_told() {
    // The older copy has grown to where the log had been, and everything was claimed as often.
    run(interrupt_while_it_goes_back(
        "begin immediate; update consumer set token = lower(hex(randomblob(16))) where ?1 > 0;
        alter table hidden rename to event; commit",
    ));
}

#[test]
fn a_consumer_stops_when_the_log_went_back_and_goes_on_after_a_restart() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let path = folder.path().join("bank.db");
        let open = async || {
            let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
            let store: SharedStore = Arc::new(store);
            store
        };
        let running = start(&open().await).await;
        running.bank.open("a".into()).await.expect("it opens");
        let before = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let options = SqliteConnectOptions::new().filename(&path);
        let mut other = options.connect().await.expect("a connection of another program");
        running.bank.deposit("a".into(), 10).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");

        let back = "begin immediate; delete from event where position > ?1;
            update head set position = ?1; update consumer set checkpoint = min(checkpoint, ?1); commit";
        sqlx::query(back).bind(before.0.cast_signed()).execute(&mut other).await.expect("an older state");
        let refused = running.bank.deposit("a".into(), 1).await.expect_err("the log went back");
        assert!(matches!(refused, SendError::LogWentBack { .. }), "{refused:?}");
        let mut status = Vec::new();
        eventually("the stop of every consumer", async || {
            status = running.app.status().await.expect("a status");
            status.iter().all(|consumer| consumer.state == ConsumerState::Failed)
        })
        .await;
        for consumer in &status {
            let error = consumer.last_error.as_deref().unwrap_or_default();
            assert!(error.contains("the log went back"), "{error}");
        }
        running.app.shutdown().await.expect("everything comes to rest");

        let running = start(&open().await).await;
        running.bank.deposit("a".into(), 1).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
    });
}

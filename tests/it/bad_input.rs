//! Bad input: each mistake is a typed error that names the thing, the process lives, and nothing is lost.

use std::time::Duration;

use evento::{
    LoadError, Refusal, SendError, StartError, WaitError,
    consumer::ConsumerState,
    message::{CommandId, EventMessage, MessageId, StreamId},
    prelude::*,
    serde_json::value::RawValue,
    store::{Append, Expected, Recording, SharedStore, StoreError},
};
use tokio::time::Instant;

use crate::{
    domain::{AccountError, BankBundle, Misbehaviour, Running, start},
    stores::{PATIENCE, on_every_store, run},
};

/// Appends an event that no aggregate decided.
async fn forge(store: &SharedStore, version: u64, name: &'static str, payload_version: u32, payload: &str) {
    let stream = StreamId::new("Account", "a");
    let id = uuid::Uuid::now_v7();
    let event = EventMessage {
        id: MessageId(id),
        stream: stream.clone(),
        version: version + 1,
        name: name.into(),
        payload_version,
        correlation_id: MessageId(id),
        causation_id: MessageId(id),
        timestamp: Timestamp::from_millis(0),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: RawValue::from_string(payload.to_owned()).expect("JSON"),
    };
    let append = Append {
        stream,
        expected: Expected::Version(version),
        command: CommandId(id),
        recording: Recording { name: "Forge".into(), digest: 0, cause: None, at: Timestamp::from_millis(0) },
        events: vec![event],
        closes: false,
    };
    store.append(append, Instant::now() + PATIENCE).await.expect("the store takes it");
}

/// The process still handles commands, and their consequences.
async fn lives(running: &Running) {
    running.bank.open("alive".into()).await.expect("commands are handled");
    running.app.wait_for_head(PATIENCE).await.expect("consumers go on");
    assert!(running.bank.find("alive".into()).await.expect("an answer").is_some());
}

#[test]
fn an_undecodable_event_fails_its_aggregate_and_blocks_nobody_else() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        forge(&store, 1, "Deposited", 1, r#"{"account":"a","amount":"many"}"#).await;
        let error = running.bank.withdraw("a".into(), 1).await.expect_err("the state cannot be known");
        assert!(
            matches!(&error, SendError::Unreadable { version: 2, source: LoadError::Undecodable(_), .. }),
            "{error}"
        );
        assert!(error.to_string().contains("Deposited"), "{error}");
        lives(&running).await;
        let parked: u64 = running.app.status().await.expect("a status").iter().map(|one| one.parked).sum();
        assert_eq!(parked, 2, "the projector and the saga have put it aside");
    });
}

#[test]
fn an_unknown_event_name_is_told_with_a_near_one() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        forge(&store, 1, "Deposit", 1, "{}").await;
        let error = running.bank.withdraw("a".into(), 1).await.expect_err("the state cannot be known");
        let text = error.to_string();
        assert!(text.contains("`Deposit`") && text.contains("did you mean `Deposited`?"), "{text}");
        lives(&running).await;
    });
}

#[test]
fn an_event_of_newer_code_fails_its_aggregate_and_stops_consumers_without_being_put_aside() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let before = running.app.wait_for_head(PATIENCE).await.expect("at rest");
        forge(&store, 1, "Deposited", 2, r#"{"account":"a","amount":1}"#).await;
        let error = running.bank.withdraw("a".into(), 1).await.expect_err("nobody knows what it means");
        let newer = matches!(
            &error,
            SendError::Unreadable { source: LoadError::NewerEvent { found: 2, known: 1, .. }, .. }
        );
        assert!(newer, "{error}");
        let Err(WaitError::Behind { position, state, last_error, .. }) =
            running.app.wait_for_head(Duration::from_millis(500)).await
        else {
            panic!("nobody may pass it")
        };
        assert!(position <= before, "nobody has passed it: {position}");
        assert_eq!(state, ConsumerState::BackingOff);
        assert!(last_error.is_some_and(|error| error.contains("use a newer build")));
        let parked: u64 = running.app.status().await.expect("a status").iter().map(|one| one.parked).sum();
        assert_eq!(parked, 0);
        running.bank.open("b".into()).await.expect("commands of others are handled");
    });
}

#[test]
fn an_event_over_the_size_limit_is_refused_and_nothing_is_stored() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let head = running.app.wait_for_head(PATIENCE).await.expect("at rest");
        let limit = store.max_event_bytes();
        let error = running
            .bank
            .misbehave("a".into(), Misbehaviour::GrowTo(limit + 1))
            .await
            .expect_err("it is too large");
        assert!(matches!(error, SendError::Store(StoreError::TooLarge { .. })), "{error}");
        assert_eq!(store.head().await.expect("a head"), head);
        running.bank.deposit("a".into(), 1).await.expect("the account goes on");
        lives(&running).await;
    });
}

#[test]
fn a_large_event_behind_a_small_one_is_loaded() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let large = store.max_event_bytes() - 4_096;
        running.bank.misbehave("a".into(), Misbehaviour::GrowTo(large)).await.expect("it just fits");
        drop(running);
        let running = start(&store).await;
        running.bank.deposit("a".into(), 1).await.expect("the whole stream was loaded");
    });
}

#[test]
fn an_empty_id_names_the_command() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let error = running.bank.open(String::new()).await.expect_err("nobody is meant");
        assert!(matches!(error, SendError::EmptyId { command: "Open" }), "{error}");
        lives(&running).await;
    });
}

#[test]
fn a_handler_that_panics_changes_nothing() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        running.bank.deposit("a".into(), 3).await.expect("it is accepted");
        let head = running.app.wait_for_head(PATIENCE).await.expect("at rest");
        for (how, handler, text) in [
            (Misbehaviour::PanicWhileDeciding, "Account::misbehave", "deciding went wrong"),
            (Misbehaviour::PanicWhileSourcing, "Account::exploded", "sourcing went wrong"),
        ] {
            let error = running.bank.misbehave("a".into(), how).await.expect_err("it panics");
            assert!(
                matches!(&error, SendError::Panicked { handler: h, message } if h == handler && message == text),
                "{error}"
            );
        }
        assert_eq!(store.head().await.expect("a head"), head, "nothing was appended");
        let error = running.bank.withdraw("a".into(), 4).await.expect_err("too much");
        assert_eq!(error.rejected_with(), Some(&AccountError::Insufficient { balance: 3, amount: 4 }));
        lives(&running).await;
    });
}

#[test]
fn an_event_that_does_not_fit_the_life_cycle_is_not_appended() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        running.bank.open("a".into()).await.expect("it opens");
        let error =
            running.bank.misbehave("a".into(), Misbehaviour::StartTwice).await.expect_err("it lives already");
        let fits = matches!(&error, SendError::CannotApply { event, source: LoadError::DoesNotFit { .. }, .. } if event == "Opened");
        assert!(fits, "{error}");
        running.bank.deposit("a".into(), 1).await.expect("the account goes on");
        lives(&running).await;
    });
}

#[test]
fn a_deadline_in_the_past_means_that_nothing_was_done() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let error = running.bank.within(Duration::ZERO).open("a".into()).await.expect_err("it is too late");
        let refused = matches!(error, SendError::Refused { refusal: Refusal::DeadlinePassed, .. });
        assert!(refused, "{error}");
        assert_eq!(store.head().await.expect("a head"), Position::START);
        lives(&running).await;
    });
}

#[test]
fn everything_that_was_not_provided_is_told_at_once() {
    on_every_store(|store| async move {
        let Err(error) = BankBundle::builder().shared_store(store).start().await else {
            panic!("it must not start")
        };
        let StartError::Missing(missing) = &error else { panic!("{error}") };
        let components: Vec<_> = missing.iter().map(|missing| missing.component).collect();
        assert_eq!(components, ["Accounts", "Mailer"]);
        assert!(error.to_string().contains("`Sabotage` for `Accounts`"), "{error}");
    });
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_opened_is_a_typed_error() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let nowhere = folder.path().join("missing/app.db");
        let error =
            evento::sqlite::SqliteStore::open(nowhere.to_string_lossy()).await.expect_err("no such folder");
        assert!(error.to_string().contains("missing"), "{error}");
    });
}

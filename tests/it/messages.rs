//! Messages: what is inherited on the way from a command to its events and on to further commands.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use evento::{
    clock::{Clock, IdSource},
    message::StoredEvent,
    prelude::*,
    store::{LogQuery, SharedStore},
};

use crate::{
    domain::{Bank, BankBundle, Outside, Sabotage, start},
    stores::{PATIENCE, on_every_store},
};

async fn log(store: &SharedStore) -> Vec<StoredEvent> {
    let query = LogQuery { max_events: 10_000, max_bytes: usize::MAX, ..LogQuery::default() };
    store.read_log(&query).await.expect("the log").events
}

fn named<'e>(events: &'e [StoredEvent], name: &str) -> &'e StoredEvent {
    events
        .iter()
        .find(|event| event.message.name == name)
        .unwrap_or_else(|| panic!("no {name} in {events:?}"))
}

#[test]
fn correlation_metadata_and_context_go_from_commands_to_events_and_on() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let bank = running.bank.with(Metadata::new().with("user", "ada")).in_context(Context::new("north"));
        bank.open("a".into()).await.expect("it opens");
        running.app.wait_for_head(PATIENCE).await.expect("the mail is sent");
        let events = log(&store).await;
        let (opened, mailed) = (named(&events, "Opened"), named(&events, "MailSent"));
        assert_eq!(mailed.message.correlation_id, opened.message.correlation_id, "one chain");
        assert_eq!(mailed.message.metadata.get("user"), Some("ada"), "the user is handed on");
        assert_eq!(mailed.message.context, Context::new("north"), "the context is handed on");
        assert_ne!(mailed.message.causation_id, opened.message.causation_id, "another command caused it");
        assert_ne!(mailed.message.id, opened.message.id);
        let lines = running.outside.lines();
        assert!(lines.iter().any(|line| line == "begin a welcome by ada"), "{lines:?}");
        // The id of a command that a handler sends is derived, not drawn.
        assert!(lines.iter().any(|line| line == "end a welcome 5"), "{lines:?}");
        let view = bank.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!(view.owner, "ada");
    });
}

/// A clock that somebody else moves.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Identities that count.
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn next(&self) -> uuid::Uuid {
        uuid::Uuid::from_u64_pair(7, self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[test]
fn clock_and_identities_are_injected() {
    on_every_store(|store| async move {
        let app = BankBundle::builder()
            .shared_store(store.clone())
            .provide(Outside::default())
            .provide(Sabotage::default())
            .clock(Hand(AtomicI64::new(1_000)))
            .ids(Counting(AtomicU64::new(1)))
            .start()
            .await
            .expect("it starts");
        let bank: evento::Client<Bank> = app.invoker();
        let receipt = bank.open("a".into()).await.expect("it opens");
        let event = &receipt.events()[0].message;
        assert!((1_000..2_000).contains(&event.timestamp.as_millis()), "{:?}", event.timestamp);
        assert_eq!(event.id.0.as_u64_pair().0, 7);
        assert_eq!(receipt.command_id().0.as_u64_pair().0, 7);
        app.shutdown().await.expect("it stops");
    });
}

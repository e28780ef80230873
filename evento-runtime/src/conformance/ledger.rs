//! The command ledger.

use std::sync::Arc;

use uuid::Uuid;

use super::{StoreFactory, kit::*};
use crate::{
    message::{CommandId, Position, Timestamp},
    store::{AppendError, Expected, LedgerEntry, LedgerOutcome, Recording},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn a_command_is_handled_once(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("before"), 1).await;
    let mut first = append(&stream("a"), Expected::Version(0), &["A", "B"]);
    first.recording = Recording {
        name: "Plac\u{e9}".to_owned(),
        digest: u64::MAX,
        cause: Some(new_id()),
        at: Timestamp::from_millis(-1),
    };
    let again = first.clone();
    ok(store.append(first, far()).await, "the first append of a command");
    let entry = LedgerEntry {
        command: again.command,
        recording: again.recording.clone(),
        outcome: LedgerOutcome::Accepted { first: Position(2), count: 2 },
    };
    let stored = ok(store.ledger_entry(again.command).await, "reading the ledger");
    assert_eq!(stored.as_ref(), Some(&entry), "an append must be in the ledger");

    // At the version of the first attempt it is a conflict as well, but the duplicate is told; with other words, too.
    let mut other = append(&stream("other"), Expected::Version(0), &["C"]);
    other.command = again.command;
    other.recording.digest = 1;
    for repeated in [again, other] {
        match store.append(repeated, far()).await {
            Err(AppendError::Duplicate(known)) => {
                assert_eq!(*known, entry, "a repeated command must get the entry of the first one");
            }
            other => panic!("a repeated command must be a duplicate, not {other:?}"),
        }
    }
    assert_eq!(whole_log(&store).await.len(), 3, "a repeated command must store nothing");
}

pub(super) async fn an_append_without_events_writes_only_the_ledger(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 2).await;
    // The version is not looked at.
    let empty = append(&stream("a"), Expected::Version(7), &[]);
    let command = empty.command;
    let appended = ok(store.append(empty.clone(), far()).await, "an append without events");
    assert_eq!((appended.first, appended.count), (Position(2), 0), "without events, the head at that time");
    assert_eq!(whole_log(&store).await.len(), 2);
    let entry = some(ok(store.ledger_entry(command).await, "reading the ledger"), "the entry of a command");
    assert_eq!(entry.outcome, LedgerOutcome::Accepted { first: Position(2), count: 0 });
    let again = store.append(empty, far()).await;
    assert!(matches!(again, Err(AppendError::Duplicate(_))), "it is handled once, too, not {again:?}");
}

pub(super) async fn rejections_are_recorded(factory: Factory) {
    let store = factory.open().await;
    let command = CommandId(Uuid::now_v7());
    let reason = "no such order: \u{1f980} 'x'".to_owned();
    let recorded = store.record_rejection(command, recording(), reason.clone()).await;
    assert_eq!(ok(recorded, "recording a rejection"), None, "a first rejection is new");
    let entry = LedgerEntry { command, recording: recording(), outcome: LedgerOutcome::Rejected { reason } };
    assert_eq!(ok(store.ledger_entry(command).await, "reading the ledger").as_ref(), Some(&entry));
    let again = store.record_rejection(command, recording(), "something else".to_owned()).await;
    assert_eq!(ok(again, "recording it again").as_ref(), Some(&entry), "the first outcome stays");

    let mut late = append(&stream("a"), Expected::Version(0), &["A"]);
    late.command = command;
    match store.append(late, far()).await {
        Err(AppendError::Duplicate(known)) => assert_eq!(*known, entry),
        other => panic!("a command that was rejected must be a duplicate, not {other:?}"),
    }

    let accepted = append(&stream("a"), Expected::Version(0), &["A"]);
    let command = accepted.command;
    ok(store.append(accepted, far()).await, "appending");
    let known = store.record_rejection(command, recording(), "too late".to_owned()).await;
    let known = some(ok(known, "rejecting what was accepted"), "the entry of an accepted command");
    assert!(
        matches!(known.outcome, LedgerOutcome::Accepted { .. }),
        "a command that was accepted stays accepted"
    );
}

pub(super) async fn rejections_are_forgotten_by_cause(factory: Factory) {
    let store = factory.open().await;
    let (cause, other_cause) = (new_id(), new_id());
    let mut rejected = Vec::new();
    for cause in [Some(cause), Some(cause), Some(other_cause), None] {
        let command = CommandId(Uuid::now_v7());
        let recording = Recording { cause, ..recording() };
        ok(store.record_rejection(command, recording, "no".to_owned()).await, "recording a rejection");
        rejected.push(command);
    }
    let mut accepted = append(&stream("a"), Expected::Version(0), &["A"]);
    accepted.recording.cause = Some(cause);
    let kept = accepted.command;
    ok(store.append(accepted, far()).await, "appending");
    rejected.push(kept);

    assert_eq!(ok(store.forget_rejections(cause).await, "forgetting"), 2, "it says how many there were");
    let mut known = Vec::new();
    for command in rejected {
        known.push(ok(store.ledger_entry(command).await, "reading the ledger").is_some());
    }
    assert_eq!(
        known,
        [false, false, true, true, true],
        "rejections of the cause are forgotten, others and acceptances never"
    );
    assert_eq!(ok(store.forget_rejections(cause).await, "forgetting again"), 0);
}

//! Forgetting deleted aggregates and old entries of the ledger.

use std::sync::Arc;

use super::{StoreFactory, kit::*, timers::timer};
use crate::{
    message::{CommandId, Position, StreamId, Timestamp},
    retention::{purge_deleted, purge_ledger},
    store::{
        Append, AppendError, DeadEvent, Expected, LogQuery, Recording, SharedStore, Snapshot, StoreError,
        log_events,
    },
};
use futures_util::TryStreamExt;

type Factory = Arc<dyn StoreFactory>;

const LATER: Timestamp = Timestamp::from_millis(i64::MAX);

/// Three events, the last of which closes the stream, at a time.
async fn closed(store: &SharedStore, stream: &StreamId, at: i64) {
    let mut append = append(stream, Expected::Version(0), &["Opened", "Changed", "Closed"]);
    append.closes = true;
    append.recording.at = Timestamp::from_millis(at);
    for event in &mut append.events {
        event.timestamp = Timestamp::from_millis(at);
    }
    ok(store.append(append, far()).await, "closing a stream");
}

async fn positions(store: &SharedStore) -> Vec<u64> {
    let query = LogQuery { max_events: 2, ..everything() };
    let events: Vec<_> = ok(log_events(&**store, query).try_collect().await, "reading the log");
    events.iter().map(|event: &crate::message::StoredEvent| event.position.0).collect()
}

pub(super) async fn deleted_aggregates_are_purged(factory: Factory) {
    let store = factory.open().await;
    let (old, young, living) = (stream("old"), stream("young"), stream("living"));
    closed(&store, &old, 10).await;
    fill(&store, &living, 2).await;
    closed(&store, &young, 20).await;
    let snapshot = || Snapshot { version: 2, hash: 1, state: json("1") };
    for stream in [&old, &living] {
        ok(store.save_snapshot(stream, snapshot()).await, "saving a snapshot");
    }
    let done = ok(purge_deleted(&*store, Timestamp::from_millis(20), |_| {}).await, "purging");
    assert_eq!((done.looked_at, done.purged), (1, 1), "only what was closed before the time is purged");
    assert_eq!((done.horizon.position, done.horizon.held_by), (Position(8), None));

    assert_eq!(ok(store.head().await, "reading the head"), Position(8), "no position is freed");
    assert_eq!(positions(&store).await, [4, 5, 6, 7, 8], "readers pass over tombstones");
    let read = store.read_stream(&old, 0, 10, 10_000).await;
    assert!(matches!(&read, Err(StoreError::Purged { stream }) if *stream == old), "not {read:?}");
    assert_eq!(ok(store.read_stream(&young, 0, 10, 10_000).await, "reading what was kept").len(), 3);
    assert!(
        ok(store.load_snapshot(&old).await, "loading a snapshot").is_none(),
        "snapshots go with their stream"
    );
    assert!(ok(store.load_snapshot(&living).await, "loading a snapshot").is_some());
    for expected in [Expected::Any, Expected::Version(0), Expected::Version(3)] {
        let again = store.append(append(&old, expected, &["Opened"]), far()).await;
        assert!(
            matches!(again, Err(AppendError::Closed { .. })),
            "a purged stream stays closed, not {again:?}"
        );
    }
    let again = ok(purge_deleted(&*store, Timestamp::from_millis(20), |_| {}).await, "purging again");
    assert_eq!(again.purged, 0, "what was purged is done");
    fill(&store, &stream("next"), 1).await;
    assert_eq!(positions(&store).await, [4, 5, 6, 7, 8, 9]);
}

pub(super) async fn purging_goes_on_where_it_stopped(factory: Factory) {
    let store = factory.open().await;
    for number in 0..5 {
        closed(&store, &stream(&format!("closed {number}")), 10).await;
    }
    let first = ok(store.purge_closed_streams(LATER, Position::START, 2).await, "a step");
    assert_eq!((first.purged, first.next), (2, Some(Position(6))), "a step is bounded");
    let second = ok(store.purge_closed_streams(LATER, Position(6), 2).await, "the next step");
    assert_eq!((second.purged, second.next), (2, Some(Position(12))));
    let mut told = Vec::new();
    let done = ok(purge_deleted(&*store, LATER, |so_far| told.push(so_far.purged)).await, "the rest");
    assert_eq!((done.purged, told), (1, vec![1]), "whoever begins again finds what is left");
    assert_eq!(positions(&store).await, Vec::<u64>::new());
}

pub(super) async fn what_a_consumer_needs_is_kept(factory: Factory) {
    let store = factory.open().await;
    for name in ["a", "b", "c"] {
        closed(&store, &stream(name), 10).await;
    }
    let (slow, fast) = (consumer("Slow"), consumer("Fast"));
    let (slow_claim, fast_claim) = (claimed(&store, &slow).await, claimed(&store, &fast).await);
    ok(move_to(&store, &fast_claim, 9).await, "moving a checkpoint");
    ok(move_to(&store, &slow_claim, 4).await, "moving a checkpoint");
    let horizon = ok(store.horizon().await, "reading the horizon");
    assert_eq!((horizon.position, horizon.held_by), (Position(4), Some(slow.clone())));
    let done = ok(purge_deleted(&*store, LATER, |_| {}).await, "purging");
    assert_eq!(
        (done.purged, positions(&store).await),
        (1, vec![4, 5, 6, 7, 8, 9]),
        "the slow one needs the rest"
    );

    let mut transaction = ok(store.begin(&fast_claim).await, "beginning");
    let dead = DeadEvent {
        consumer: fast.clone(),
        position: Position(6),
        timer: None,
        key: "b".to_owned(),
        error: None,
        attempts: 0,
        first_at: Timestamp::from_millis(33),
        at: Timestamp::from_millis(1),
    };
    ok(transaction.park(dead).await, "putting an event aside");
    ok(transaction.commit(Position(9).into()).await, "committing");
    ok(move_to(&store, &slow_claim, 9).await, "moving a checkpoint");
    let horizon = ok(store.horizon().await, "reading the horizon");
    assert_eq!(
        (horizon.position, horizon.held_by),
        (Position(5), Some(fast)),
        "a dead event may be handled again"
    );
    let done = ok(purge_deleted(&*store, LATER, |_| {}).await, "purging");
    assert_eq!((done.purged, positions(&store).await), (0, vec![4, 5, 6, 7, 8, 9]));
}

pub(super) async fn the_ledger_is_purged(factory: Factory) {
    let store = factory.open().await;
    let at = |append: Append, at| {
        let mut append = append;
        append.recording.at = Timestamp::from_millis(at);
        append
    };
    let mut commands: Vec<CommandId> = Vec::new();
    // Positions 1 and 2, one without events at 2, a rejection at 2, one at 3.
    for (version, handled_at) in [(0, 10), (1, 50)] {
        let next = at(append(&stream("a"), Expected::Version(version), &["OrderPlaced"]), handled_at);
        commands.push(next.command);
        ok(store.append(next, far()).await, "appending");
    }
    let empty = at(append(&stream("a"), Expected::Any, &[]), 10);
    commands.push(empty.command);
    ok(store.append(empty, far()).await, "recording a command without events");
    let (rejected, cause) = (CommandId(new_id().0), new_id());
    let mut recording = recording();
    (recording.at, recording.cause) = (Timestamp::from_millis(10), Some(cause));
    commands.push(rejected);
    ok(store.record_rejection(rejected, recording, "no".to_owned()).await, "recording a rejection");
    let last = at(append(&stream("a"), Expected::Version(2), &["OrderPlaced"]), 10);
    commands.push(last.command);
    ok(store.append(last, far()).await, "appending");

    let claim = claimed(&store, &consumer("Slow")).await;
    let known = async |store: &SharedStore| {
        let mut known = Vec::new();
        for command in &commands {
            known.push(ok(store.ledger_entry(*command).await, "reading the ledger").is_some());
        }
        known
    };
    let before = Timestamp::from_millis(20);
    for (checkpoint, purged, left) in [
        (0, 0, [true; 5]),
        (1, 1, [false, true, true, true, true]),
        (2, 2, [false, true, false, false, true]),
        (3, 1, [false, true, false, false, false]),
    ] {
        ok(move_to(&store, &claim, checkpoint).await, "moving a checkpoint");
        let done = ok(purge_ledger(&*store, before, |_| {}).await, "purging the ledger");
        assert_eq!(done.purged, purged, "when the only consumer is at {checkpoint}");
        assert_eq!(known(&store).await, left, "when the only consumer is at {checkpoint}");
    }
    assert_eq!(ok(store.forget_rejections(cause).await, "forgetting"), 0, "a purged rejection is gone");
    let mut steps = 0;
    let mut after = None;
    for _ in 0..10 {
        let step = ok(store.purge_ledger_entries(LATER, after, 1).await, "a step");
        steps += step.purged;
        match step.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((steps, known(&store).await), (1, vec![false; 5]), "steps go on where the last one stopped");
}

pub(super) async fn what_a_deadline_may_send_again_is_kept(factory: Factory) {
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("OrderSaga")).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_saga(saga(saga_id(1), "7")).await, "saving a saga");
    ok(transaction.put_timer(timer(1, "due", 50)).await, "saving a timer");
    ok(transaction.put_timer(timer(1, "later", 70)).await, "saving a timer");
    ok(transaction.commit(Position(0).into()).await, "committing");
    // What others have sent before it was due, and the deadline itself behind that; nothing is in the log behind the checkpoint.
    let (before, behind) = (CommandId(new_id().0), CommandId(new_id().0));
    for (command, at) in [(before, 49), (behind, 50)] {
        let recording = Recording { at: Timestamp::from_millis(at), cause: Some(new_id()), ..recording() };
        ok(store.record_rejection(command, recording, "no".to_owned()).await, "recording a rejection");
    }
    let is_known = async |command| ok(store.ledger_entry(command).await, "reading the ledger").is_some();
    assert_eq!(ok(purge_ledger(&*store, LATER, |_| {}).await, "purging the ledger").purged, 1);
    assert!(!is_known(before).await && is_known(behind).await, "the deadline may send it again");

    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.delete_timer("OrderSaga", saga_id(1), "due").await, "deleting a timer");
    ok(transaction.commit(Position(0).into()).await, "committing");
    assert_eq!(ok(purge_ledger(&*store, LATER, |_| {}).await, "purging the ledger").purged, 1);
    assert!(!is_known(behind).await, "it was handled");
}

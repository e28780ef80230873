//! Many at once.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::task::JoinSet;

use super::{StoreFactory, kit::*};
use crate::{
    message::{CommandId, Position},
    store::{Append, AppendError, Appended, Expected, LedgerOutcome, LogQuery, SharedStore},
};

type Factory = Arc<dyn StoreFactory>;

const WRITERS: usize = 12;
const APPENDS: usize = 40;
const STREAMS: usize = 5;

/// How the appends of a writer ended.
#[derive(Default)]
struct Tally {
    accepted: HashMap<CommandId, Appended>,
    conflicts: usize,
    duplicates: usize,
}

/// Appends at random: right and wrong versions, several events, none, and commands that were sent before.
async fn write(store: SharedStore, mut lots: fastrand::Rng) -> Tally {
    let mut tally = Tally::default();
    let mut sent: Vec<Append> = Vec::new();
    for _ in 0..APPENDS {
        if lots.u8(..) < 40 && !sent.is_empty() {
            let again = sent[lots.usize(..sent.len())].clone();
            let before = tally.accepted[&again.command];
            match store.append(again, far()).await {
                Err(AppendError::Duplicate(known)) => {
                    let outcome = LedgerOutcome::Accepted { first: before.first, count: before.count };
                    assert_eq!(known.outcome, outcome, "a duplicate must get the outcome of the first");
                    tally.duplicates += 1;
                }
                other => panic!("a command that was accepted must be a duplicate, not {other:?}"),
            }
            continue;
        }
        let stream = stream(&lots.usize(..STREAMS).to_string());
        let names = vec!["OrderPlaced"; [0, 1, 1, 1, 2, 5][lots.usize(..6)]];
        let expected = if lots.bool() {
            Expected::Any
        } else {
            // What was read a moment ago, sometimes off by some.
            let mut version = 0;
            loop {
                let page =
                    ok(store.read_stream(&stream, version, 1_000, usize::MAX).await, "reading a stream");
                let Some(last) = page.last() else { break };
                version = last.message.version;
            }
            Expected::Version(if lots.u8(..) < 40 { version + lots.u64(1..5) } else { version })
        };
        let next = append(&stream, expected, &names);
        match store.append(next.clone(), far()).await {
            Ok(appended) => {
                assert_eq!(appended.count as usize, next.events.len());
                tally.accepted.insert(next.command, appended);
                sent.push(next);
            }
            Err(AppendError::Conflict { .. }) => tally.conflicts += 1,
            Err(error) => panic!("an append must be accepted or conflict, but: {error}"),
        }
    }
    tally
}

pub(super) async fn concurrent_appends_leave_no_hole(factory: Factory) {
    let store = factory.open().await;
    let mut lots = lots();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(Arc::clone(&store), lots.fork()));
    }
    let mut all = Tally::default();
    while let Some(tally) = writers.join_next().await {
        let tally = ok(tally, "writing");
        all.accepted.extend(tally.accepted);
        all.conflicts += tally.conflicts;
        all.duplicates += tally.duplicates;
    }
    assert_eq!(
        all.accepted.len() + all.conflicts + all.duplicates,
        WRITERS * APPENDS,
        "every append must have one outcome, and no command may be accepted twice"
    );

    let events = whole_log(&store).await;
    let mut versions: HashMap<String, u64> = HashMap::new();
    let mut by_command: HashMap<CommandId, Vec<u64>> = HashMap::new();
    for event in &events {
        let version = versions.entry(event.message.stream.id.to_string()).or_default();
        *version += 1;
        assert_eq!(
            event.message.version, *version,
            "versions of a stream must be dense, in the order of the log"
        );
        by_command.entry(CommandId(event.message.causation_id.0)).or_default().push(event.position.0);
    }
    for (command, appended) in &all.accepted {
        let found = by_command.remove(command).unwrap_or_default();
        let wanted: Vec<u64> = (appended.first.0..).take(appended.count as usize).collect();
        assert_eq!(found, wanted, "command {command} must have exactly the events that it was told of");
        let entry =
            some(ok(store.ledger_entry(*command).await, "reading the ledger"), "the entry of a command");
        let outcome = LedgerOutcome::Accepted { first: appended.first, count: appended.count };
        assert_eq!(entry.outcome, outcome);
    }
    assert!(
        by_command.is_empty(),
        "no event may be there of a command that was not accepted: {by_command:?}"
    );
}

pub(super) async fn one_command_at_once_is_handled_once(factory: Factory) {
    let store = factory.open().await;
    for round in 0..20 {
        // Every other one ends the life of its stream.
        let mut next = append(&stream(&round.to_string()), Expected::Any, &["A", "B"]);
        next.closes = round % 2 == 0;
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let (store, next) = (Arc::clone(&store), next.clone());
            tasks.spawn(async move { store.append(next, far()).await });
        }
        let mut accepted = 0;
        while let Some(outcome) = tasks.join_next().await {
            match ok(outcome, "appending") {
                Ok(_) => accepted += 1,
                Err(AppendError::Duplicate(known)) => assert_eq!(known.command, next.command),
                Err(error) => panic!("the same command must be accepted or a duplicate, but: {error}"),
            }
        }
        assert_eq!(accepted, 1, "a command that is sent many times at once must be accepted once");
    }
    assert_eq!(whole_log(&store).await.len(), 40);
}

/// Follows the log until it is told to stop and has seen everything. Each event must be the next one.
async fn follow(store: SharedStore, done: Arc<AtomicBool>) -> u64 {
    let mut after = Position::START;
    loop {
        let stop = done.load(Ordering::Acquire);
        let query = LogQuery { after: after.into(), max_events: 7, ..everything() };
        let page = ok(store.read_log(&query).await, "reading the log");
        for event in &page.events {
            assert_eq!(event.position.0, after.0 + 1, "a reader must not pass a position that comes later");
            after = event.position;
        }
        assert_eq!(page.scanned.position, after, "what was looked at must be what was seen");
        if stop && page.events.is_empty() {
            return after.0;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn readers_never_pass_an_event(factory: Factory) {
    let store = factory.open().await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        readers.spawn(follow(Arc::clone(&store), Arc::clone(&done)));
    }
    let mut lots = lots();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(Arc::clone(&store), lots.fork()));
    }
    while let Some(tally) = writers.join_next().await {
        ok(tally, "writing");
    }
    done.store(true, Ordering::Release);
    let head = ok(store.head().await, "reading the head");
    while let Some(seen) = readers.join_next().await {
        assert_eq!(ok(seen, "following the log"), head.0, "a reader must see every event");
    }
}

pub(super) async fn appends_and_transactions_take_turns(factory: Factory) {
    let store = factory.open().await;
    let (view, id) = (view("orders"), consumer("Projector"));
    let claim = claimed(&store, &id).await;
    let mut tasks = JoinSet::new();
    for writer in 0..4 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { fill(&store, &stream(&writer.to_string()), 25).await });
    }
    for position in 1..=25 {
        let mut transaction = ok(store.begin(&claim).await, "beginning beside appends");
        ok(transaction.put_view_row(&view, row(&position.to_string(), "x")).await, "writing");
        ok(transaction.commit(Position(position).into()).await, "committing beside appends");
    }
    while let Some(done) = tasks.join_next().await {
        ok(done, "appending beside transactions");
    }
    assert_eq!(whole_log(&store).await.len(), 100);
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!(record.checkpoint, Position(25));
}

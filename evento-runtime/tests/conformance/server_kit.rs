//! What the tests of stores on servers are made of.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use evento_runtime::{
    message::{
        CommandId, Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp,
    },
    store::{
        Append, AppendError, CheckpointStore, Claim, ConsumerId, EventStore, Expected, FirstStart, LogQuery,
        NodeId, Recording,
    },
};
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

/// The address in a variable, of a kind of server.
pub(crate) fn variable(name: &str, kind: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a {kind} server for tests, or run `cargo xtask test`, which starts one")
    })
}

/// All that an error says, with what it comes from.
pub(crate) fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

pub(crate) fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

/// Asks again and again until something is so, and says what it has waited for when that takes too long.
pub(crate) async fn wait_for(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    let mut turns = interval(INTERVAL);
    while !is_so().await {
        assert!(Instant::now() < until, "{what}: waited for {PATIENCE:?}, and it is not so");
        turns.tick().await;
    }
}

/// How long something is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to ask for it: a server that is asked all the time does little else.
const INTERVAL: Duration = Duration::from_millis(5);

/// A source of lots, whose seed is printed.
pub(crate) fn lots() -> fastrand::Rng {
    let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("EVENTO_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

pub(crate) fn append(stream: &str, name: &'static str, events: usize) -> Append {
    let command = CommandId(uuid::Uuid::now_v7());
    let stream = StreamId::new("Order", stream);
    let event = || EventMessage {
        id: MessageId(uuid::Uuid::now_v7()),
        stream: stream.clone(),
        version: 0,
        name: Cow::Borrowed(name),
        payload_version: 1,
        correlation_id: command.into(),
        causation_id: command.into(),
        timestamp: Timestamp::from_millis(1),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON"),
    };
    Append {
        expected: Expected::Any,
        command,
        recording: Recording {
            name: "Place".to_owned(),
            digest: 1,
            cause: None,
            at: Timestamp::from_millis(1),
        },
        events: std::iter::repeat_with(event).take(events).collect(),
        closes: false,
        stream,
    }
}

pub(crate) fn everything() -> LogQuery {
    LogQuery { max_events: usize::MAX, max_bytes: usize::MAX, ..LogQuery::default() }
}

/// The whole log, whose positions and versions must be dense.
pub(crate) async fn whole_log(store: &impl EventStore) -> Vec<StoredEvent> {
    let page = store.read_log(&everything()).await.expect("the log");
    let mut versions: HashMap<StreamId, u64> = HashMap::new();
    for (position, event) in (1..).zip(&page.events) {
        assert_eq!(event.position.0, position, "positions must be dense");
        let version = versions.entry(event.message.stream.clone()).or_default();
        *version += 1;
        assert_eq!(event.message.version, *version, "versions must be dense");
    }
    assert_eq!(page.scanned.position.0, page.events.len() as u64, "the head must be the last position");
    page.events
}

/// How many events of each command there are.
pub(crate) fn by_command(events: &[StoredEvent]) -> BTreeMap<CommandId, usize> {
    let mut commands = BTreeMap::new();
    for event in events {
        *commands.entry(CommandId(event.message.causation_id.0)).or_default() += 1;
    }
    commands
}

/// Appends until it is told how a command ended, as a caller does that knows the id of its command.
pub(crate) async fn insist(store: &impl EventStore, next: Append) {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match store.append(next.clone(), far()).await {
            Ok(_) | Err(AppendError::Duplicate(_)) => return,
            Err(AppendError::Unknown { .. } | AppendError::Store(_)) if Instant::now() < until => {
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("an append that insists must be told: {}", words(&error)),
        }
    }
}

/// Follows the log until it is told to stop and has seen everything. Each event must be the next one.
pub(crate) async fn follow(store: impl EventStore, done: Arc<AtomicBool>) -> u64 {
    let mut after = Position::START;
    loop {
        let stop = done.load(Ordering::Acquire);
        let query = LogQuery { after: after.into(), max_events: 50, ..everything() };
        let page = store.read_log(&query).await.expect("reading the log");
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

/// Writers of some stores that append one event after the other to some streams, each insisting.
pub(crate) fn write<S: EventStore + Clone>(
    stores: &[S],
    writers: usize,
    appends: usize,
    streams: usize,
) -> JoinSet<Vec<CommandId>> {
    let mut tasks = JoinSet::new();
    for writer in 0..writers {
        let store = stores[writer % stores.len()].clone();
        tasks.spawn(async move {
            let mut commands = Vec::with_capacity(appends);
            for round in 0..appends {
                let next = append(&((writer + round) % streams).to_string(), "Placed", 1);
                commands.push(next.command);
                insist(&store, next).await;
            }
            commands
        });
    }
    tasks
}

pub(crate) fn consumer() -> ConsumerId {
    ConsumerId { component: Cow::Borrowed("Projector"), version: 1, context: Cow::Borrowed("*") }
}

pub(crate) async fn claim(store: &impl CheckpointStore) -> Claim {
    let id = consumer();
    let created = store.create_consumer(&id, FirstStart::Beginning, 1).await.expect("creating a consumer");
    let created = created.expect("a new consumer");
    created.transaction.commit(Position::START.into()).await.expect("committing the creation");
    store.claim(&id, 1, NodeId(uuid::Uuid::now_v7())).await.expect("claiming").expect("a consumer")
}

/// Every command must be there exactly once.
#[track_caller]
pub(crate) fn once_each(commands: &[CommandId], stored: &BTreeMap<CommandId, usize>) {
    assert_eq!(stored.len(), commands.len(), "nothing may be there that nobody sent");
    for command in commands {
        assert_eq!(stored.get(command), Some(&1), "command {command} must be there once");
    }
}

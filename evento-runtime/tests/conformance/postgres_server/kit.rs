//! What the tests are made of.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    error::Error,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use evento_runtime::{
    message::{
        CommandId, Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp,
    },
    postgres::{PostgresOptions, PostgresStore},
    store::{
        Append, AppendError, CheckpointStore, Claim, ConsumerId, EventStore, Expected, FirstStart, LogQuery,
        Recording,
    },
};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row, postgres::PgConnectOptions};
use tokio::{task::JoinSet, time::Instant};

/// The address of the server.
pub(super) fn address() -> String {
    variable("EVENTO_TEST_POSTGRES")
}

/// The address of a server that a test may crash.
pub(super) fn fragile_address() -> String {
    variable("EVENTO_TEST_POSTGRES_FRAGILE")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one")
    })
}

/// A schema that no other test has. It goes when its test succeeds.
pub(super) struct Schema {
    pub(super) name: String,
    server: String,
    isolation: Option<&'static str>,
}

impl Schema {
    pub(super) fn new() -> Self {
        Self::on(address())
    }

    pub(super) fn on(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("test_{}_{number}", std::process::id()), server, isolation: None }
    }

    /// For sessions whose transactions have another isolation level unless they say which.
    pub(super) fn with_isolation(isolation: &'static str) -> Self {
        let mut schema = Self::new();
        schema.isolation = Some(isolation);
        schema
    }

    pub(super) fn address(&self) -> String {
        match self.isolation {
            Some(isolation) => {
                let set = format!("-c default_transaction_isolation={}", isolation.replace(' ', "\\ "));
                let encoded: String = set.bytes().map(|byte| format!("%{byte:02x}")).collect();
                format!("{}?options={encoded}", self.server)
            }
            None => self.server.clone(),
        }
    }

    pub(super) fn options(&self) -> PostgresOptions {
        PostgresStore::options(self.address()).schema(self.name.clone())
    }

    pub(super) async fn open(&self) -> PostgresStore {
        match self.options().open().await {
            Ok(store) => store,
            Err(error) => panic!("opening the schema of a test: {}", words(&error)),
        }
    }

    /// What another program has.
    pub(super) async fn connect(&self) -> PgConnection {
        let options = PgConnectOptions::from_str(&self.server).expect("an address");
        options.connect().await.expect("another connection")
    }

    /// Runs statements as another program, `evento` standing for the schema.
    pub(super) async fn run(&self, sql: &str) {
        run(&mut self.connect().await, &self.named(sql)).await;
    }

    /// A pattern for the texts of statements that name the schema, and no schema whose name begins with its.
    pub(super) fn pattern(&self) -> String {
        format!("'%{}\"%'", self.name)
    }

    pub(super) fn named(&self, sql: &str) -> String {
        sql.replace("evento.", &format!("{}.", self.name))
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (server, sql) = (
            self.server.clone(),
            format!("set lock_timeout = '5s'; drop schema if exists {} cascade", self.name),
        );
        // A test's own runtime is busy with the test.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let options = PgConnectOptions::from_str(&server).expect("an address");
                // What is left behind goes with the server.
                if let Ok(mut connection) = options.connect().await {
                    let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
                }
            });
        });
        let _ = dropping.join();
    }
}

pub(super) async fn run(connection: &mut PgConnection, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    sql.execute(connection).await.expect("a statement of another program");
}

/// The number that a query gives.
pub(super) async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await;
    row.expect("a row").get(0)
}

/// All that an error says, with what it comes from.
pub(super) fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

pub(super) fn far() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

/// A source of lots, whose seed is printed.
pub(super) fn lots() -> fastrand::Rng {
    let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("EVENTO_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

pub(super) fn append(stream: &str, name: &'static str, events: usize) -> Append {
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

pub(super) fn everything() -> LogQuery {
    LogQuery { max_events: usize::MAX, max_bytes: usize::MAX, ..LogQuery::default() }
}

/// The whole log, whose positions and versions must be dense.
pub(super) async fn whole_log(store: &PostgresStore) -> Vec<StoredEvent> {
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
pub(super) fn by_command(events: &[StoredEvent]) -> BTreeMap<CommandId, usize> {
    let mut commands = BTreeMap::new();
    for event in events {
        *commands.entry(CommandId(event.message.causation_id.0)).or_default() += 1;
    }
    commands
}

/// Appends until it is told how a command ended, as a caller does that knows the id of its command.
pub(super) async fn insist(store: &PostgresStore, next: Append) {
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
pub(super) async fn follow(store: PostgresStore, done: Arc<AtomicBool>) -> u64 {
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
pub(super) fn write(
    stores: &[PostgresStore],
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

pub(super) async fn claim(store: &PostgresStore) -> Claim {
    let id = ConsumerId { component: Cow::Borrowed("Projector"), version: 1, context: Cow::Borrowed("*") };
    let created = store.create_consumer(&id, FirstStart::Beginning, 1).await.expect("creating a consumer");
    let created = created.expect("a new consumer");
    created.transaction.commit(Position::START.into()).await.expect("committing the creation");
    store.claim(&id, 1).await.expect("claiming").expect("a consumer")
}

pub(super) fn postgres(connection: Option<&mut (dyn std::any::Any + Send)>) -> &mut PgConnection {
    connection.and_then(|connection| connection.downcast_mut()).expect("a connection to PostgreSQL")
}

//! Archives: the log as a file, and from a file into another store.

mod bad;
mod carried;
mod forged;
mod grafted;
mod killed;
mod meanwhile;
mod part;
mod renumbered;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use evento::{
    App, Client,
    archive::{ArchiveError, Export, Import, ImportError, Imported, Summary, Verify},
    memory::MemoryStore,
    message::{CommandId, Context, EventMessage, MessageId, Metadata, Position, StreamId, Timestamp},
    retention::purge_deleted,
    serde_json::value::RawValue,
    store::{Append, Expected, Recording, ReplayCommands, SharedStore},
};
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    databases::Database,
    domain::{Bank, BankBundle, Bonus, Outside, Sabotage, start},
    stores::PATIENCE,
};

/// A store of each kind without events, with what it lives in.
pub async fn empty_stores() -> Vec<(SharedStore, Option<Database>)> {
    let mut stores: Vec<(SharedStore, Option<Database>)> = vec![(Arc::new(MemoryStore::new()), None)];
    for database in Database::all().await {
        stores.push((database.open().await, Some(database)));
    }
    stores
}

/// A bank that has lived for a while: `PREFIX-open` has two deposits, `PREFIX-closed` was deleted, and its events were purged.
pub async fn live(store: &SharedStore, prefix: &str) {
    let running = start(store).await;
    let name = |what: &str| format!("{prefix}-{what}");
    for what in ["open", "closed", "young"] {
        running.bank.open(name(what)).await.expect("it opens");
    }
    for amount in [5, 7] {
        running.bank.deposit(name("open"), amount).await.expect("it is accepted");
    }
    running.bank.withdraw(name("open"), 2).await.expect("it is accepted");
    running.bank.close(name("closed")).await.expect("it closes");
    running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
    running.app.shutdown().await.expect("everything comes to rest");
    let purged = purge_deleted(&**store, Timestamp::from_millis(i64::MAX), |_| {}).await;
    assert_eq!(purged.expect("a purge").purged, 1, "the closed account");
    let younger = start(store).await;
    younger.bank.close(name("young")).await.expect("it closes");
    younger.app.wait_for_head(PATIENCE).await.expect("everything is handled");
    younger.app.shutdown().await.expect("everything comes to rest");
}

/// The bank on an imported log: its sagas are made again from the log, and send nothing for it.
pub async fn go_on(store: &SharedStore) -> (App, Client<Bank>, Outside) {
    let outside = Outside::default();
    let app = BankBundle::builder()
        .shared_store(store.clone())
        .provide(outside.clone())
        .provide(Sabotage::default())
        .from_beginning::<Bonus>(ReplayCommands::Suppressed)
        .start()
        .await
        .expect("the bank starts");
    let bank = app.invoker();
    (app, bank, outside)
}

/// A log without an application: so many streams of so many events each.
pub async fn fill(store: &SharedStore, streams: u64, events: u64) {
    for number in 0..streams {
        note(store, &number.to_string(), events).await;
    }
}

/// The first events of a stream.
pub async fn note(store: &SharedStore, stream: &str, events: u64) {
    let command = CommandId(Uuid::now_v7());
    let stream = StreamId::new("Ledger", stream);
    let event = |number: u64| EventMessage {
        id: MessageId(Uuid::now_v7()),
        stream: stream.clone(),
        version: 0,
        name: "Noted".into(),
        payload_version: 1,
        correlation_id: command.into(),
        causation_id: command.into(),
        timestamp: Timestamp::from_millis(1_000),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: RawValue::from_string(format!("{{\"note\":\"number {number}\"}}")).expect("JSON"),
    };
    let append = Append {
        stream: stream.clone(),
        expected: Expected::Version(0),
        command,
        recording: Recording {
            name: "Note".to_owned(),
            digest: 1,
            cause: None,
            at: Timestamp::from_millis(1_000),
        },
        events: (0..events).map(event).collect(),
        closes: false,
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    store.append(append, deadline).await.expect("an append");
}

/// A folder with the archive of a store.
pub struct Archive {
    folder: TempDir,
}

impl Archive {
    pub async fn of(store: &SharedStore) -> Self {
        let archive = Self::empty();
        export(store, &archive.path()).await;
        archive
    }

    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for tests") }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("log.jsonl")
    }

    pub fn text(&self) -> String {
        fs::read_to_string(self.path()).expect("an archive")
    }

    /// The same with another text.
    pub fn with(text: &str) -> Self {
        let archive = Self::empty();
        fs::write(archive.path(), text).expect("a file");
        archive
    }

    /// The same, with the count and the digest that suit it.
    pub async fn sealed(text: &str) -> Self {
        match Verify::file(Self::with(text).path()).alone().await {
            Err(ArchiveError::Altered { found, found_records, .. }) => {
                let (lines, _) = text.trim_end().rsplit_once('\n').expect("a last line");
                let end = format!("{{\"records\":{found_records},\"sha256\":\"{found}\"}}");
                Self::with(&format!("{lines}\n{end}\n"))
            }
            other => panic!("it has other lines, not {other:?}"),
        }
    }

    pub async fn import(&self, store: &SharedStore) -> Result<Imported, ImportError> {
        Import::from_file(self.path()).into_store(&**store).await
    }
}

pub async fn export(store: &SharedStore, path: &Path) -> Summary {
    Export::of(&**store).to_file(path).await.expect("an export")
}

pub async fn head(store: &SharedStore) -> Position {
    store.head().await.expect("the head")
}

/// An application's own database, in a file.
pub async fn filled() -> (SharedStore, Database) {
    let database = Database::sqlite();
    let store = database.open().await;
    live(&store, "a").await;
    (store, database)
}

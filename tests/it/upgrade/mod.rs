//! Databases and archives that earlier versions have written are opened, replayed and continued by this one.
//!
//! Each version has a folder in `tests/upgrade`, which is never written again. `EVENTO_UPGRADE=write cargo xtask test -- upgrade`
//! makes the one of the present version, when it is not there: do that for each release.

mod library;
mod written;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use evento::{
    App, Client, Replay, SendError,
    archive::{Export, Import},
    clock::ManualClock,
    memory::MemoryStore,
    message::{CommandId, Position, Timestamp},
    open_store, serde_json,
    store::SharedStore,
};

use self::library::{Desk, Jinx, LENT_FOR, LoanView, TooOften, Watch, start};
use crate::{
    databases::Database,
    stores::{PATIENCE, eventually, run},
};

/// What is in a folder.
const DATABASE: &str = "library.db";
const ARCHIVE: &str = "log.jsonl";
const EXPECTED: &str = "expected.json";

/// What an application shows, to compare with what an earlier version has shown.
#[derive(Clone, Debug, PartialEq, Eq, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
struct Shown {
    /// What time it was, in milliseconds.
    now: i64,
    head: u64,
    loans: Vec<serde_json::Value>,
    /// The states of the live sagas with when their deadlines are due.
    watches: Vec<(serde_json::Value, Vec<i64>)>,
    /// What was put aside: consumer, position, whether it failed itself.
    dead: Vec<(String, u64, bool)>,
}

impl Shown {
    async fn by(app: &App, desk: &Client<Desk>, store: &SharedStore, now: Timestamp) -> Self {
        let json = |loan: LoanView| serde_json::to_value(loan).expect("JSON");
        let loans = desk.all().await.expect("an answer").into_iter().map(json).collect();
        let mut watches = Vec::new();
        for saga in app.sagas::<Watch>().list(None, 100).await.expect("the sagas") {
            let due = app.sagas::<Watch>().deadlines(&saga.key).await.expect("its deadlines");
            let due = due.iter().map(|deadline| deadline.due.as_millis()).collect();
            watches.push((serde_json::from_str(saga.state.get()).expect("JSON"), due));
        }
        watches.sort_by_key(|(state, _): &(serde_json::Value, _)| state.to_string());
        let dead = app.dead_events().list(None, 100).await.expect("a list").into_iter();
        let dead = dead.map(|dead| (dead.id.consumer.to_string(), dead.id.position.0, dead.error.is_some()));
        let head = store.head().await.expect("the head").0;
        Self { now: now.as_millis(), head, loans, watches, dead: dead.collect() }
    }

    fn clock(&self) -> ManualClock {
        ManualClock::at(Timestamp::from_millis(self.now))
    }
}

/// The folders of all versions.
fn versions() -> Vec<PathBuf> {
    let versions = fs::read_dir(kept()).expect("the folder of all versions");
    let mut versions: Vec<PathBuf> =
        versions.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    versions.sort_unstable();
    assert!(!versions.is_empty(), "no version is kept");
    versions
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade")
}

fn expected(version: &Path) -> Shown {
    let text = fs::read_to_string(version.join(EXPECTED)).expect("what is expected");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_database_of_each_version_is_opened_and_continued() {
    run(async {
        for version in versions() {
            println!("{}", version.display());
            let folder = tempfile::tempdir().expect("a folder for tests");
            let copy = folder.path().join(DATABASE);
            fs::copy(version.join(DATABASE), &copy).expect("a copy");
            let store = open_store(&format!("sqlite:{}", copy.display())).await.expect("it opens");
            let expected = expected(&version);
            let clock = expected.clock();
            let (app, desk) = start(&store, &clock, Jinx(None)).await;
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            let now = Timestamp::from_millis(expected.now);
            assert_eq!(Shown::by(&app, &desk, &store, now).await, expected, "it is as it was left");

            // The ledger knows what was handled.
            let again = desk.idempotent(CommandId::from_key("fine-1")).fine("l-1".into(), 50).await;
            assert!(again.expect("it was accepted").is_repeated());
            match app.dead_events().of("Loans").replay(PATIENCE).await.expect("a replay") {
                Replay::Done { replayed } => assert_eq!(replayed, expected.dead.len() as u64),
                other => panic!("what was put aside is handled now, not {other:?}"),
            }
            go_on(&app, &desk, &store, &clock).await;
            app.shutdown().await.expect("everything comes to rest");
            store.close().await;
        }
    });
}

#[test]
fn an_archive_of_each_version_is_imported_and_continued() {
    run(async {
        for version in versions() {
            println!("{}", version.display());
            let mut expected = expected(&version);
            // Nobody puts anything aside now.
            expected.dead.clear();
            let jinxed = expected.loans.iter_mut().find(|loan| loan["loan"] == "l-jinxed").expect("its row");
            jinxed["extensions"] = 2.into();
            let mut stores: Vec<(SharedStore, Option<Database>)> = vec![(Arc::new(MemoryStore::new()), None)];
            for database in Database::all().await {
                stores.push((database.open().await, Some(database)));
            }
            for (store, _database) in stores {
                let import = Import::from_file(version.join(ARCHIVE)).into_store(&*store);
                import.await.expect("an import");
                let clock = expected.clock();
                let (app, desk) = start(&store, &clock, Jinx(None)).await;
                app.wait_for_head(PATIENCE).await.expect("everything is handled");
                let now = Timestamp::from_millis(expected.now);
                let shown = Shown::by(&app, &desk, &store, now).await;
                assert_eq!(shown, expected, "the log says it all: {}", store.describe());
                go_on(&app, &desk, &store, &clock).await;
                app.shutdown().await.expect("everything comes to rest");
            }
        }
    });
}

/// Goes on with what an earlier version has begun.
async fn go_on(app: &App, desk: &Client<Desk>, store: &SharedStore, clock: &ManualClock) {
    // The state is that of four extensions, from the snapshot and what is behind it.
    desk.extend("l-1".into()).await.expect("the fifth extension");
    match desk.extend("l-1".into()).await {
        Err(SendError::Rejected(rejection)) => {
            assert_eq!(rejection.downcast_ref::<TooOften>().map(|error| error.0), Some(5));
        }
        other => panic!("the sixth extension is too many, not {other:?}"),
    }
    for deleted in ["l-purged", "l-returned"] {
        let refused = desk.lend(deleted.into()).await;
        assert!(matches!(refused, Err(SendError::Deleted { .. })), "{deleted}: {refused:?}");
    }
    let lent = desk.lend("l-new".into()).await.expect("it is lent");
    assert!(lent.position() > Some(Position(1)));
    desk.give_back("l-3".into()).await.expect("it is given back");
    app.wait_for_head(PATIENCE).await.expect("everything is handled");

    // The deadline of the one that is left is due, and its saga ends with it; that of the new one is not.
    clock.advance(LENT_FOR / 2);
    let live = async || app.sagas::<Watch>().list(None, 100).await.expect("the sagas").len();
    eventually("the saga ends", async || live().await == 1).await;
    app.wait_for_head(PATIENCE).await.expect("everything is handled");
    let fined = async |desk: &Client<Desk>| {
        let loans = desk.all().await.expect("an answer");
        loans.into_iter().map(|loan| (loan.loan, loan.extensions, loan.cents)).collect::<Vec<_>>()
    };
    let loan = |name: &str, extensions, cents| (name.to_owned(), extensions, cents);
    let shown = fined(desk).await;
    let all = [loan("l-1", 5, 50), loan("l-2", 0, 100), loan("l-jinxed", 2, 100), loan("l-new", 0, 0)];
    assert_eq!(shown, all);

    // What is read is what is made anew of the whole log.
    let folder = tempfile::tempdir().expect("a folder for tests");
    let archive = folder.path().join(ARCHIVE);
    Export::of(&**store).to_file(&archive).await.expect("an export");
    let fresh: SharedStore = Arc::new(MemoryStore::new());
    Import::from_file(&archive).into_store(&*fresh).await.expect("an import");
    let (again, other) = start(&fresh, clock, Jinx(None)).await;
    again.wait_for_head(PATIENCE).await.expect("everything is handled");
    assert_eq!(fined(&other).await, shown);
    again.shutdown().await.expect("everything comes to rest");
}

//! Writing what later versions are to open.

use std::{env, fs, path::Path, time::Duration};

use evento::{
    archive::Export,
    clock::ManualClock,
    message::{CommandId, Timestamp},
    open_store,
    retention::purge_deleted,
    serde_json,
    store::SharedStore,
};

use super::{
    ARCHIVE, DATABASE, EXPECTED, Shown, kept,
    library::{Jinx, start},
};
use crate::stores::{PATIENCE, eventually, run};

/// The largest that all of a folder may be, in bytes.
const LARGEST: u64 = 300_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn the_present_version_is_written_when_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder for tests");
    run(write(folder.path()));
    let files = [DATABASE, ARCHIVE, EXPECTED];
    let size: u64 = files.iter().map(|file| folder.path().join(file).metadata().expect("a file").len()).sum();
    assert!(size < LARGEST, "{size} bytes are too many to be kept");
    if env::var("EVENTO_UPGRADE").is_ok_and(|what| what == "write") {
        let version = kept().join(env!("CARGO_PKG_VERSION"));
        fs::create_dir_all(kept()).expect("the folder of all versions");
        fs::create_dir(&version).unwrap_or_else(|error| {
            panic!("{} is kept as it is: {error}", version.display());
        });
        for file in files {
            fs::copy(folder.path().join(file), version.join(file)).expect("a copy");
        }
    }
}

async fn write(folder: &Path) {
    let address = format!("sqlite:{}", folder.join(DATABASE).display());
    let store: SharedStore = open_store(&address).await.expect("a new file");
    // The beginning of 2026.
    let clock = ManualClock::at(Timestamp::from_millis(1_767_225_600_000));
    let (app, desk) = start(&store, &clock, Jinx(Some("l-jinxed"))).await;
    let at_rest = async || app.wait_for_head(PATIENCE).await.map(drop).expect("everything is handled");

    desk.lend("l-purged".into()).await.expect("it is lent");
    desk.give_back("l-purged".into()).await.expect("it is given back");
    at_rest().await;
    let purged = purge_deleted(&*store, Timestamp::from_millis(i64::MAX), |_| {}).await;
    assert_eq!(purged.expect("a purge").purged, 1);
    desk.lend("l-returned".into()).await.expect("it is lent");
    desk.give_back("l-returned".into()).await.expect("it is given back");

    for loan in ["l-1", "l-2"] {
        desk.lend(loan.into()).await.expect("it is lent");
    }
    for _ in 0..4 {
        desk.extend("l-1".into()).await.expect("it is extended");
    }
    clock.advance(7 * DAY);
    for loan in ["l-3", "l-jinxed"] {
        desk.lend(loan.into()).await.expect("it is lent");
    }
    // The second one waits behind the first.
    for _ in 0..2 {
        desk.extend("l-jinxed".into()).await.expect("it is extended");
    }
    desk.idempotent(CommandId::from_key("fine-1")).fine("l-1".into(), 50).await.expect("it is fined");
    at_rest().await;
    clock.advance(8 * DAY);
    eventually("a fine for `l-2`", async || {
        let loans = desk.all().await.expect("an answer");
        loans.iter().any(|loan| loan.loan == "l-2" && loan.cents == 100)
    })
    .await;
    at_rest().await;

    let now = Timestamp::from_millis(1_767_225_600_000) + 15 * DAY;
    let shown = Shown::by(&app, &desk, &store, now).await;
    assert_eq!((shown.loans.len(), shown.watches.len(), shown.dead.len()), (4, 2, 2), "{shown:?}");
    app.shutdown().await.expect("everything comes to rest");
    Export::of(&*store).to_file(folder.join(ARCHIVE)).await.expect("an export");
    store.close().await;
    assert!(!folder.join(format!("{DATABASE}-wal")).exists(), "all of it is in one file");
    let text = serde_json::to_string_pretty(&shown).expect("JSON");
    fs::write(folder.join(EXPECTED), text + "\n").expect("a file");
}

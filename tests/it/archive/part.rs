//! Archives of a part of a log, and how they are written.

use std::{
    fs,
    pin::Pin,
    task::{Context as Turn, Poll},
};

use evento::{
    archive::{Export, ExportError, ImportError, Verify},
    message::{Context, Position, Timestamp},
    serde_json::Value,
    store::StateStore,
};
use tokio::io::AsyncWrite;

use super::{Archive, empty_stores, fill, filled, head};
use crate::{databases::Database, stores::run};

#[test]
fn a_part_of_a_log_is_selected_in_each_store() {
    run(async {
        let (original, _database) = filled().await;
        let whole = Archive::of(&original).await;
        let events: Vec<Value> =
            whole.text().lines().map(|line| evento::serde_json::from_str(line).expect("JSON")).collect();
        let events = &events[1..events.len() - 1];
        let selected = |is: &dyn Fn(&Value) -> bool| events.iter().filter(|event| is(event)).count() as u64;
        let accounts = selected(&|event| event["kind"] == "bank/Account" || event["kind"] == "Account");
        let deposits = selected(&|event| event["event"] == "Deposited");
        let tombstones = selected(&|event| event["purged"] == true && event.get("payload").is_none());
        assert!(accounts > 0 && deposits == 2 && tombstones == 2, "{}", whole.text());
        let kind = events.iter().find(|event| event["event"] == "Opened").expect("one")["kind"].clone();
        let kind = kind.as_str().expect("a text").to_owned();

        for (store, _database) in empty_stores().await {
            whole.import(&store).await.expect("an import");
            let mut archive = Vec::new();
            let export = Export::of(&*store).stream_kind(kind.clone());
            let summary = export.write_to(&mut archive).await.expect("an export");
            assert_eq!(summary.records, accounts, "{}", store.describe());
            assert!(!summary.header.is_whole());
            let text = String::from_utf8(archive).expect("text");
            let again = Archive::with(&text);
            assert_eq!(Verify::file(again.path()).alone().await.expect("an archive"), summary);

            let count = async |export: Export<'_, dyn StateStore>| {
                export.write_to(&mut tokio::io::sink()).await.expect("an export").records
            };
            assert_eq!(count(Export::of(&*store).events(["Deposited"])).await, deposits);
            assert_eq!(count(Export::of(&*store).events(["Nothing"])).await, 0);
            assert_eq!(count(Export::of(&*store).contexts([Context::new("other")])).await, 0);
            assert_eq!(count(Export::of(&*store).recorded_until(Timestamp::from_millis(1))).await, 0);
            assert_eq!(count(Export::of(&*store).after(Position(2)).until(Position(5))).await, 3);
            assert_eq!(count(Export::of(&*store).until(Position(u64::MAX))).await, head(&store).await.0);

            // It cannot have its positions anywhere.
            let (target, _kept) = empty_stores().await.swap_remove(0);
            match again.import(&target).await {
                Err(ImportError::Partial { .. }) => {}
                other => panic!("a part cannot keep its positions, not {other:?}"),
            }
            assert_eq!(head(&target).await, Position(0));
        }
    });
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    run(async {
        let (original, _database) = filled().await;
        let archive = Archive::of(&original).await;
        let before = archive.text();
        let again = Export::of(&*original).to_file(archive.path()).await;
        assert!(matches!(&again, Err(ExportError::Exists { path }) if *path == archive.path()), "{again:?}");
        assert_eq!(archive.text(), before);
        let names: Vec<_> = fs::read_dir(archive.path().parent().expect("a folder"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["log.jsonl"], "nothing else is left");
    });
}

/// Takes so many bytes, and no more.
struct Full(usize);

impl AsyncWrite for Full {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Turn<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, std::io::Error>> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Poll::Ready(if taken == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(taken) })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Turn<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Turn<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn an_export_that_breaks_off_says_why() {
    run(async {
        let database = Database::sqlite();
        let store = database.open().await;
        fill(&store, 10, 10).await;
        for room in [0, 10, 1_000, 20_000] {
            let broken = Export::of(&*store).write_to(&mut Full(room)).await;
            assert!(matches!(broken, Err(ExportError::Io(_))), "with room for {room} bytes: {broken:?}");
        }
        let behind = Export::of(&*store).after(Position(101)).write_to(&mut tokio::io::sink()).await;
        assert!(matches!(behind, Err(ExportError::Store(_))), "behind the end: {behind:?}");
        store.close().await;
        let closed = Export::of(&*store).write_to(&mut tokio::io::sink()).await;
        assert!(matches!(closed, Err(ExportError::Store(_))), "of a closed store: {closed:?}");
    });
}

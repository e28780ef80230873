//! Somebody else does something while an archive is read or written.

use std::{fs, thread};

use evento::{
    archive::{Export, ExportError, Import, ImportError, Phase, Progress},
    memory::MemoryStore,
    message::Position,
    store::SharedStore,
};

use super::{Archive, fill, head, note};
use crate::{databases::Database, stores::run};

/// A listener that has somebody append an event, the first of a stream, once a phase has come so far.
fn somebody(store: &SharedStore, stream: &'static str, at: (Phase, u64)) -> impl FnMut(&Progress) + Send {
    let mut waiting = Some(store.clone());
    move |so_far| {
        if so_far.phase == at.0
            && so_far.done >= at.1
            && let Some(store) = waiting.take()
        {
            let appending = thread::spawn(move || run(async { note(&store, stream, 1).await }));
            appending.join().expect("an append");
        }
    }
}

/// The archive of streams `0`, `1`, `2` with so many events each.
async fn three_streams(events: u64) -> Archive {
    let database = Database::sqlite();
    let store = database.open().await;
    fill(&store, 3, events).await;
    Archive::of(&store).await
}

fn memory() -> SharedStore {
    std::sync::Arc::new(MemoryStore::new())
}

#[test]
fn an_event_that_comes_between_check_and_write_is_not_taken_for_one_of_the_archive() {
    run(async {
        let (archive, store) = (three_streams(4).await, memory());
        let meanwhile = somebody(&store, "1", (Phase::Importing, 0));
        let import = Import::from_file(archive.path()).renumbered().progress(meanwhile);
        match import.into_store(&*store).await {
            Err(ImportError::StreamTaken { stream, version: 1 }) => assert_eq!(&*stream.id, "1"),
            other => panic!("the stream has begun with another event, not {other:?}"),
        }
        assert_eq!(head(&store).await, Position(1), "nothing is put behind it");
    });
}

#[test]
fn an_import_that_keeps_positions_ends_when_somebody_appends() {
    run(async {
        let (archive, store) = (three_streams(400).await, memory());
        let meanwhile = somebody(&store, "other", (Phase::Importing, 500));
        match Import::from_file(archive.path()).progress(meanwhile).into_store(&*store).await {
            Err(ImportError::Moved { expected, found }) => {
                assert_eq!((expected, found), (Position(500), Position(501)));
            }
            other => panic!("the log goes on with another event, not {other:?}"),
        }
        let again = archive.import(&store).await;
        assert!(matches!(again, Err(ImportError::Diverged { position: Position(501) })), "{again:?}");
        assert_eq!(head(&store).await, Position(501), "nothing is put behind it");
    });
}

#[test]
fn a_file_that_comes_while_a_log_is_exported_is_not_replaced() {
    run(async {
        let database = Database::sqlite();
        let store = database.open().await;
        fill(&store, 1, 1).await;
        let archive = Archive::empty();
        let path = archive.path();
        let meanwhile = |_: &Progress| fs::write(&path, "another").expect("a file");
        let exported = Export::of(&*store).progress(meanwhile).to_file(archive.path()).await;
        assert!(matches!(exported, Err(ExportError::Exists { .. })), "{exported:?}");
        assert_eq!(archive.text(), "another");
        let files = fs::read_dir(path.parent().expect("a folder")).expect("a folder").count();
        assert_eq!(files, 1, "what was written is not left beside it");
    });
}

//! Archives that no export has written, with a digest that suits them.

use evento::{
    archive::{ArchiveError, Export, Import, ImportError},
    message::Position,
    store::SharedStore,
};

use super::{Archive, empty_stores, fill, head};
use crate::{databases::Database, stores::run};

/// So many events has each of two streams, one behind the other: as many as there are in a group.
const EVENTS: u64 = 500;
/// The first event of the second stream.
const SECOND: Position = Position(EVENTS + 1);

async fn two_streams() -> (SharedStore, Database) {
    let database = Database::sqlite();
    let store = database.open().await;
    fill(&store, 2, EVENTS).await;
    (store, database)
}

async fn part(store: &SharedStore, after: Position, until: Position) -> Archive {
    let archive = Archive::empty();
    let export = Export::of(&**store).after(after).until(until);
    export.to_file(archive.path()).await.expect("an export");
    archive
}

/// The same with another line for the event of a version of the second stream.
async fn forged(archive: &Archive, version: u64, forge: impl Fn(&str) -> String) -> Archive {
    let text = archive.text();
    let place = format!("\"stream\":\"1\",\"version\":{version},");
    let line = text.lines().find(|line| line.contains(&place)).expect("a line");
    Archive::sealed(&text.replacen(line, &forge(line), 1)).await
}

/// The same in which that event ends the life of its stream.
async fn closing(archive: &Archive, version: u64) -> Archive {
    let closes = |line: &str| line.replacen(",\"payload\":", ",\"closes\":true,\"payload\":", 1);
    forged(archive, version, closes).await
}

/// The same in which the third event of the stream is called the fourth.
async fn with_a_hole(archive: &Archive) -> Archive {
    forged(archive, 3, |line| line.replacen("\"version\":3,", "\"version\":4,", 1)).await
}

async fn import(archive: &Archive, store: &SharedStore, renumbered: bool) -> Result<u64, ImportError> {
    let import = Import::from_file(archive.path());
    let import = if renumbered { import.renumbered() } else { import };
    import.into_store(&**store).await.map(|imported| imported.written)
}

/// That an import has come upon an event of the second stream behind its end.
fn assert_closed(result: Result<u64, ImportError>, version: u64) {
    match result {
        Err(ImportError::Closed { stream, position }) => {
            assert_eq!((&*stream.id, position), ("1", Position(EVENTS + version)));
        }
        other => panic!("its stream is closed before version {version}, not {other:?}"),
    }
}

/// That an import misses the third event of the second stream.
fn assert_broken(result: Result<u64, ImportError>) {
    match result {
        Err(ImportError::BrokenStream { stream, missing: 3, position }) => {
            assert_eq!((&*stream.id, position), ("1", Position(EVENTS + 3)));
        }
        other => panic!("the third event is missing, not {other:?}"),
    }
}

#[test]
fn a_whole_log_is_imported_up_to_the_group_that_breaks_a_stream() {
    run(async {
        let (original, _kept) = two_streams().await;
        let whole = Archive::of(&original).await;
        let (closing, with_a_hole) = (closing(&whole, 1).await, with_a_hole(&whole).await);
        for renumbered in [false, true] {
            for archive in [&closing, &with_a_hole] {
                for (store, _database) in empty_stores().await {
                    let result = import(archive, &store, renumbered).await;
                    if std::ptr::eq(archive, &closing) {
                        assert_closed(result, 2);
                    } else {
                        assert_broken(result);
                    }
                    assert_eq!(head(&store).await, Position(EVENTS), "{}", store.describe());
                }
            }
        }
    });
}

#[test]
fn a_part_of_a_log_that_breaks_a_stream_is_refused_before_anything_is_written() {
    run(async {
        let (original, _kept) = two_streams().await;
        let begin = part(&original, Position::START, SECOND).await;
        let end = part(&original, SECOND, Position(u64::MAX)).await;
        let without = |line: &str| {
            let (before, rest) = line.split_once("\"follows\":\"").expect("it follows the first one");
            format!("{before}{}", rest.split_once("\",").expect("an id").1)
        };
        let unfollowed = forged(&end, 2, without).await;
        for (store, _database) in empty_stores().await {
            assert_eq!(import(&begin, &store, true).await.expect("an import"), SECOND.0);
            assert_closed(import(&closing(&end, 3).await, &store, true).await, 4);
            assert_broken(import(&with_a_hole(&end).await, &store, true).await);
            match import(&unfollowed, &store, true).await {
                Err(ImportError::Archive(ArchiveError::Malformed { line: 2, reason, .. })) => {
                    assert!(reason.contains("which event it follows"), "{reason}");
                }
                other => panic!("it does not say what it follows, not {other:?}"),
            }
            assert_eq!(head(&store).await, SECOND, "nothing is written: {}", store.describe());
        }
        // Also when the groups before are as they should be.
        let first = part(&original, Position::START, Position(1)).await;
        let rest = part(&original, Position(1), Position(u64::MAX)).await;
        for (store, _database) in empty_stores().await {
            assert_eq!(import(&first, &store, true).await.expect("an import"), 1);
            assert_closed(import(&closing(&rest, 3).await, &store, true).await, 4);
            assert_broken(import(&with_a_hole(&rest).await, &store, true).await);
            assert_eq!(head(&store).await, Position(1), "nothing is written: {}", store.describe());
        }
        for (store, _database) in empty_stores().await {
            import(&closing(&begin, 1).await, &store, true).await.expect("an import");
            assert_closed(import(&end, &store, true).await, 2);
            assert_eq!(head(&store).await, SECOND, "nothing is written: {}", store.describe());
        }
    });
}

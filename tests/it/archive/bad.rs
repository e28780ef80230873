//! Archives that are of no use are refused with words that help, before anything is written.

use std::fs;

use evento::{
    archive::{ArchiveError, FORMAT, Import, ImportError, Verify},
    message::Position,
    store::SharedStore,
};

use super::{Archive, empty_stores, fill, filled, head};
use crate::{databases::Database, stores::run};

/// Both who verifies an archive and who imports it are told.
async fn refused(archive: &Archive, store: &SharedStore) -> ArchiveError {
    let alone = Verify::file(archive.path()).alone().await.expect_err("it is of no use");
    match archive.import(store).await {
        Err(ImportError::Archive(error)) => assert_eq!(error.to_string(), alone.to_string()),
        other => panic!("{alone} was expected, not {other:?}"),
    }
    assert!(alone.to_string().contains("log.jsonl"), "it names the file: {alone}");
    assert_eq!(head(store).await, Position(0), "nothing was written: {alone}");
    alone
}

async fn target() -> (Database, SharedStore) {
    let database = Database::sqlite();
    let store = database.open().await;
    (database, store)
}

#[test]
fn an_archive_that_is_cut_off_is_refused_wherever_that_is() {
    run(async {
        let (original, _kept) = filled().await;
        let text = Archive::of(&original).await.text();
        let (_database, store) = target().await;
        let header = text.find('\n').expect("a line");
        for end in (1..text.len()).step_by(61).chain([header, header + 1, text.len() - 1]) {
            if !text.is_char_boundary(end) {
                continue;
            }
            let error = refused(&Archive::with(&text[..end]), &store).await;
            let (line, complete) = (text[..end].lines().count() as u64, text[..end].ends_with('\n'));
            match error {
                ArchiveError::NotAnArchive { .. } => assert!(end <= header, "cut off at {end}: {error}"),
                ArchiveError::CutOff { line: found, .. } => {
                    assert!(end > header && found == line, "cut off at {end} ({complete}): {error}");
                }
                other => panic!("cut off at {end}: {other}"),
            }
        }
        Archive::with(&text).import(&store).await.expect("the whole one is good");
    });
}

#[test]
fn a_change_anywhere_in_an_archive_is_noticed() {
    run(async {
        let (original, _kept) = filled().await;
        let text = Archive::of(&original).await.text();
        let (_database, store) = target().await;
        let lines: Vec<&str> = text.lines().collect();
        let joined = |lines: &[&str]| Archive::with(&format!("{}\n", lines.join("\n")));

        let deposit = text.replacen("\"amount\":5", "\"amount\":6", 1);
        assert_ne!(deposit, text);
        let changed = refused(&Archive::with(&deposit), &store).await;
        assert!(matches!(changed, ArchiveError::Altered { .. }), "{changed}");

        let mut swapped = lines.clone();
        swapped.swap(2, 3);
        assert!(matches!(refused(&joined(&swapped), &store).await, ArchiveError::Malformed { line: 3, .. }));
        let mut missing = lines.clone();
        missing.remove(4);
        assert!(matches!(refused(&joined(&missing), &store).await, ArchiveError::Malformed { line: 5, .. }));
        let mut last = lines.clone();
        last.remove(lines.len() - 2);
        assert!(matches!(refused(&joined(&last), &store).await, ArchiveError::Altered { .. }));
        let mut doubled = lines.clone();
        doubled.insert(3, lines[3]);
        assert!(matches!(refused(&joined(&doubled), &store).await, ArchiveError::Malformed { line: 5, .. }));
        let mut longer = lines.clone();
        longer.push(lines[3]);
        assert!(matches!(refused(&joined(&longer), &store).await, ArchiveError::Malformed { .. }));

        let header = lines[0].replacen("\"after\":0", "\"after\":0 ", 1);
        let mut spaced = lines.clone();
        spaced[0] = &header;
        assert!(matches!(refused(&joined(&spaced), &store).await, ArchiveError::Altered { .. }));
        for (what, with) in [
            ("\"version\"", "\"verison\""),
            ("\"version\":1", "\"version\":-1"),
            // No stream can go on behind them, and no database can keep them.
            ("\"version\":1", "\"version\":0"),
            ("\"version\":1", "\"version\":9223372036854775808"),
            ("\"version\":1", "\"version\":18446744073709551615"),
            ("\"version\":1,", "\"version\":1,\"follows\":\"01a20198-117c-74a9-a67a-b8b223071ea0\","),
            ("{\"position\"", "\"position\""),
        ] {
            let text = text.replacen(what, with, 1);
            let error = refused(&Archive::with(&text), &store).await;
            assert!(matches!(error, ArchiveError::Malformed { line: 2.., .. }), "{with}: {error}");
        }
    });
}

#[test]
fn what_is_no_archive_is_told() {
    run(async {
        let (_database, store) = target().await;
        for text in ["", "\n", "hello\n", "{}\n", "{\"evento_archive\":\"1\"}\n", "{\"evento_archive\":1}\n"]
        {
            let error = refused(&Archive::with(text), &store).await;
            assert!(matches!(error, ArchiveError::NotAnArchive { .. }), "{text:?}: {error}");
        }
        // It knows itself what else is in its header.
        let newer = format!("{{\"evento_archive\":{},\"anything\":[]}}\n", FORMAT + 1);
        match refused(&Archive::with(&newer), &store).await {
            ArchiveError::NewerFormat { found, .. } => assert_eq!(found, FORMAT + 1),
            other => panic!("a newer format, not {other}"),
        }
        let binary = Archive::empty();
        fs::write(binary.path(), [0xff, 0xfe, 0, b'\n', 0x80]).expect("a file");
        assert!(matches!(refused(&binary, &store).await, ArchiveError::NotAnArchive { .. }));
        assert!(matches!(refused(&Archive::empty(), &store).await, ArchiveError::Io { .. }), "no file");
    });
}

#[test]
fn a_store_with_a_log_of_its_own_is_left_alone() {
    run(async {
        let (original, _kept) = filled().await;
        let archive = Archive::of(&original).await;
        for (store, _database) in empty_stores().await {
            fill(&store, 1, 2).await;
            let own = store.incarnation().await.expect("a log");
            match archive.import(&store).await {
                Err(error @ ImportError::AnotherLog { .. }) => {
                    assert!(error.to_string().contains(&own.to_string()), "{error}");
                }
                other => panic!("it has another log, not {other:?}"),
            }
            assert_eq!(head(&store).await, Position(2), "{}", store.describe());
        }
    });
}

#[test]
fn logs_that_have_grown_apart_are_told() {
    run(async {
        let source = Database::sqlite();
        let original = source.open().await;
        fill(&original, 1, 10).await;
        let first = Archive::of(&original).await;
        let (_database, store) = target().await;
        first.import(&store).await.expect("an import");
        // Each goes on by itself.
        super::live(&original, "here").await;
        super::live(&store, "there").await;
        let before = head(&store).await;
        match Archive::of(&original).await.import(&store).await {
            Err(ImportError::Diverged { position }) => assert_eq!(position, Position(11)),
            other => panic!("they differ behind 10, not {other:?}"),
        }
        assert_eq!(head(&store).await, before, "nothing was written");
    });
}

#[test]
fn what_was_changed_in_the_store_is_found() {
    run(async {
        for database in Database::all().await {
            let (original, _kept) = filled().await;
            let archive = Archive::of(&original).await;
            let store = database.open().await;
            archive.import(&store).await.expect("an import");
            database.run("update evento.event set version = version + 100 where name = 'Withdrawn'").await;
            match Verify::file(archive.path()).against(&*store).await {
                Err(ImportError::Unverified { position, .. }) => {
                    let line = archive.text().lines().position(|line| line.contains("\"Withdrawn\""));
                    assert_eq!(Some(position.0 as usize), line);
                }
                other => panic!("it is another event, not {other:?}"),
            }
            let again = archive.import(&store).await;
            assert!(matches!(again, Err(ImportError::Unverified { .. })), "{again:?}");
        }
    });
}

#[test]
fn an_import_into_a_store_that_is_gone_says_so() {
    run(async {
        let (original, _kept) = filled().await;
        let archive = Archive::of(&original).await;
        let (_database, store) = target().await;
        store.close().await;
        let error = Import::from_file(archive.path()).into_store(&*store).await.expect_err("it is closed");
        assert!(error.is_transient() && matches!(error, ImportError::Store(_)), "{error}");
    });
}

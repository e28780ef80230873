//! Whichever store a log goes through, it stays what it is.

use evento::{
    SendError,
    archive::{Import, Phase, Verify},
    message::Position,
    store::SharedStore,
};

use super::{Archive, empty_stores, filled, go_on, head};
use crate::{
    databases::Database,
    stores::{PATIENCE, run},
};

#[test]
fn an_archive_is_the_same_whichever_store_it_comes_from() {
    run(async {
        let (original, _database) = filled().await;
        let archive = Archive::of(&original).await;
        for (store, _database) in empty_stores().await {
            let imported = archive.import(&store).await.expect("an import");
            assert_eq!(imported.written, imported.archive.records, "{}", store.describe());
            assert_eq!(imported.head, head(&original).await);
            let there = Archive::of(&store).await;
            assert_eq!(there.text(), archive.text(), "{}", store.describe());
            // And back into a file.
            let (database, back) = sqlite().await;
            there.import(&back).await.expect("an import");
            assert_eq!(Archive::of(&back).await.text(), archive.text(), "{}", store.describe());
            back.close().await;
            drop(database);
        }
    });
}

async fn sqlite() -> (Database, SharedStore) {
    let database = Database::sqlite();
    let store = database.open().await;
    (database, store)
}

#[test]
fn an_application_goes_on_with_an_imported_log() {
    run(async {
        let (original, _database) = filled().await;
        let archive = Archive::of(&original).await;
        let (app, bank, _) = go_on(&original).await;
        let before = bank.find("a-open".into()).await.expect("an answer").expect("a row");
        app.shutdown().await.expect("everything comes to rest");
        for (store, _database) in empty_stores().await {
            // A process that has the store open while it is imported into appends to it as if nothing had been.
            archive.import(&store).await.expect("an import");
            let imported = head(&store).await;
            let (app, bank, outside) = go_on(&store).await;
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            let view = bank.find("a-open".into()).await.expect("an answer");
            assert_eq!(view.as_ref(), Some(&before), "views are made again: {}", store.describe());
            assert_eq!(outside.lines(), Vec::<String>::new(), "and nobody gets a mail again");
            assert_eq!(head(&store).await, imported, "nothing is sent for what was imported");

            let deposited = bank.deposit("a-open".into(), 1).await.expect("an old aggregate goes on");
            assert_eq!(deposited.position(), Some(Position(imported.0 + 1)));
            for deleted in ["a-closed", "a-young"] {
                let refused = bank.deposit(deleted.into(), 1).await;
                assert!(matches!(refused, Err(SendError::Deleted { .. })), "{refused:?}");
            }
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            let view = bank.find("a-open".into()).await.expect("an answer").expect("a row");
            assert_eq!(view.balance, before.balance + 1 + 1_000, "the third deposit has its bonus");
            assert_eq!(outside.lines().len(), 2, "begin and end of one mail: {:?}", outside.lines());
            app.shutdown().await.expect("everything comes to rest");
        }
    });
}

#[test]
fn an_import_is_repeated_without_effect_and_goes_on_with_a_later_archive() {
    run(async {
        let (original, _database) = filled().await;
        let first = Archive::of(&original).await;
        let (app, bank, _) = go_on(&original).await;
        bank.open("later".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("everything comes to rest");
        let second = Archive::of(&original).await;
        for (store, _database) in empty_stores().await {
            let imported = first.import(&store).await.expect("an import");
            assert!(imported.written > 0);
            let again = first.import(&store).await.expect("the same import again");
            assert_eq!((again.written, again.head), (0, imported.head), "{}", store.describe());
            let behind = second.import(&store).await.expect("a later archive of the same log");
            assert_eq!(behind.written, behind.archive.records - imported.archive.records);
            assert_eq!(Archive::of(&store).await.text(), second.text());
            let again = first.import(&store).await.expect("the first one is still there");
            assert_eq!((again.written, again.head), (0, behind.head));
            Verify::file(second.path()).against(&*store).await.expect("it is what is in the archive");
        }
    });
}

#[test]
fn whoever_waits_is_told_how_far_it_is() {
    run(async {
        let (original, _database) = filled().await;
        let archive = Archive::of(&original).await;
        let (_kept, store) = sqlite().await;
        let mut told = Vec::new();
        let import = Import::from_file(archive.path()).progress(|so_far| told.push(*so_far));
        import.into_store(&*store).await.expect("an import");
        for phase in [Phase::Checking, Phase::Importing, Phase::Verifying] {
            let phases: Vec<_> = told.iter().filter(|progress| progress.phase == phase).collect();
            assert!(phases.is_sorted_by_key(|progress| progress.done), "{told:?}");
            let last = phases.last().expect("each phase is told of");
            assert_eq!((last.done, last.total), (head(&original).await.0, head(&original).await.0));
        }
        assert!(told.is_sorted_by_key(|progress| match progress.phase {
            Phase::Checking => 1,
            Phase::Importing => 2,
            _ => 3,
        }));
    });
}

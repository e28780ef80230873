//! Archives behind what a store has already.

use evento::{
    archive::{Export, Import, ImportError, Verify},
    message::Position,
    store::{LogQuery, SharedStore, log_events},
};
use futures_util::TryStreamExt;

use super::{Archive, empty_stores, fill, filled, go_on, head, live};
use crate::{
    databases::Database,
    stores::{PATIENCE, run},
};

async fn renumbered(archive: &Archive, store: &SharedStore) -> Result<u64, ImportError> {
    let import = Import::from_file(archive.path()).renumbered();
    import.into_store(&**store).await.map(|imported| imported.written)
}

#[test]
fn two_logs_become_one() {
    run(async {
        let (one, _database) = filled().await;
        let database = Database::sqlite();
        let other = database.open().await;
        live(&other, "b").await;
        let (one, other) = (Archive::of(&one).await, Archive::of(&other).await);
        for (store, _database) in empty_stores().await {
            let incarnation = store.incarnation().await.expect("a log");
            let first = renumbered(&one, &store).await.expect("an import");
            let second = renumbered(&other, &store).await.expect("an import behind it");
            assert_eq!(head(&store).await, Position(first + second), "{}", store.describe());
            assert_eq!(
                store.incarnation().await.expect("a log"),
                incarnation,
                "it stays the store's own log"
            );
            for archive in [&one, &other] {
                assert_eq!(renumbered(archive, &store).await.expect("again"), 0, "what is there is known");
                Verify::file(archive.path()).renumbered().against(&*store).await.expect("all of it");
            }
            let (app, bank, outside) = go_on(&store).await;
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            for account in ["a-open", "b-open"] {
                let view = bank.find(account.into()).await.expect("an answer").expect("a row");
                assert_eq!(view.balance, 10, "{account}");
            }
            assert_eq!(outside.lines(), Vec::<String>::new());
            app.shutdown().await.expect("everything comes to rest");
        }
    });
}

#[test]
fn a_stream_that_is_there_already_is_named() {
    run(async {
        let (one, _database) = filled().await;
        let database = Database::sqlite();
        let other = database.open().await;
        live(&other, "a").await;
        let archive = Archive::of(&one).await;
        let before = head(&other).await;
        match renumbered(&archive, &other).await {
            Err(ImportError::StreamTaken { stream, version: 1 }) => assert_eq!(&*stream.id, "a-open"),
            refused => panic!("the account is there already, not {refused:?}"),
        }
        assert_eq!(head(&other).await, before, "nothing was written");
    });
}

#[test]
fn observers_that_are_there_are_not_surprised() {
    run(async {
        let (one, _database) = filled().await;
        let archive = Archive::of(&one).await;
        let database = Database::sqlite();
        let other = database.open().await;
        live(&other, "b").await;
        let before = head(&other).await;
        match renumbered(&archive, &other).await {
            Err(ImportError::Observed { consumer }) => {
                assert_eq!(consumer.version, 0, "{consumer}");
            }
            refused => panic!("an observer would send mails, not {refused:?}"),
        }
        assert_eq!(head(&other).await, before, "nothing was written");
        let import = Import::from_file(archive.path()).renumbered().even_if_observed();
        let imported = import.into_store(&*other).await.expect("an import");
        assert_eq!(imported.head, Position(before.0 + imported.written));
    });
}

#[test]
fn streams_are_imported_whole_or_not_at_all() {
    run(async {
        let (one, _database) = filled().await;
        let kept = Archive::empty();
        let export = Export::of(&*one).events(["Deposited", "Withdrawn"]).to_file(kept.path());
        export.await.expect("an export");
        for (store, _database) in empty_stores().await {
            match renumbered(&kept, &store).await {
                Err(ImportError::BrokenStream { stream, missing: 1, .. }) => {
                    assert_eq!(&*stream.id, "a-open")
                }
                refused => panic!("its first event is missing, not {refused:?}"),
            }
            assert_eq!(head(&store).await, Position(0), "nothing was written: {}", store.describe());
        }
    });
}

#[test]
fn what_came_behind_an_earlier_archive_is_added() {
    run(async {
        let database = Database::sqlite();
        let source = database.open().await;
        fill(&source, 3, 4).await;
        let whole = Archive::of(&source).await;
        let (begin, rest) = (Archive::empty(), Archive::empty());
        Export::of(&*source).until(Position(6)).to_file(begin.path()).await.expect("an export");
        Export::of(&*source).after(Position(6)).to_file(rest.path()).await.expect("an export");
        for (store, _database) in empty_stores().await {
            let refused = renumbered(&rest, &store).await;
            let broken = matches!(refused, Err(ImportError::BrokenStream { missing: 2, .. }));
            assert!(broken, "its stream has begun before: {refused:?}");
            assert_eq!(renumbered(&begin, &store).await.expect("an import"), 6);
            assert_eq!(renumbered(&rest, &store).await.expect("an import"), 6);
            Verify::file(whole.path()).renumbered().against(&*store).await.expect("all of it");
        }
    });
}

#[test]
fn appends_go_on_while_a_log_is_imported() {
    run(async {
        let (source, target) = (Database::sqlite(), Database::sqlite());
        let store = source.open().await;
        fill(&store, 30, 100).await;
        let archive = Archive::of(&store).await;
        let target = target.open().await;
        let appending = tokio::spawn({
            let store = target.clone();
            async move { live(&store, "meanwhile").await }
        });
        let importing = tokio::spawn({
            let (store, path) = (target.clone(), archive.path());
            async move { Import::from_file(path).renumbered().even_if_observed().into_store(&*store).await }
        });
        let imported = importing.await.expect("no panic").expect("an import");
        appending.await.expect("the bank is not disturbed");
        assert_eq!(imported.written, 3_000);
        let log: Vec<_> = log_events(&*target, LogQuery::default()).try_collect().await.expect("the log");
        let notes = log.iter().filter(|event| event.message.name == "Noted").count();
        assert!(notes == 3_000 && log.len() > 3_000, "{notes} of {}", log.len());
    });
}

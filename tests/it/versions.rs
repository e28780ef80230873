//! Versions of a projector: one serves while the next one is built.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use evento::{
    App, Client, ProjectorVersion, VersionsError,
    consumer::{ConsumerState, VersionState},
    prelude::*,
    store::{ConsumerId, LogQuery, SharedStore, ViewId, ViewMatch, log_events},
};
use futures_util::TryStreamExt;

use crate::{
    faulty::Faulty,
    shelves::{self, Librarian, Pace, second},
    stores::{PATIENCE, comes, on_every_store},
};

/// Waits until a version is as it should be.
async fn until(app: &App, version: u32, is: impl Fn(&ProjectorVersion) -> bool) -> ProjectorVersion {
    let mut last = None;
    let found = comes(async || {
        let versions = app.versions("Shelves").await.expect("an answer");
        last = versions.into_iter().find(|one| one.version == version);
        last.as_ref().is_some_and(&is)
    });
    match (found.await, last) {
        (true, Some(found)) => found,
        (_, last) => panic!("version {version} must come to that in time, but it is {last:?}"),
    }
}

/// The books on each shelf, by the log.
async fn in_the_log(store: &SharedStore) -> BTreeMap<String, u32> {
    let events: Vec<_> = log_events(&**store, LogQuery::default()).try_collect().await.expect("the log");
    let mut books = BTreeMap::new();
    for event in events {
        let shelf = books.entry(event.message.stream.id.to_string()).or_default();
        *shelf += u32::from(event.message.name == "Filled");
    }
    books
}

/// What is read is the read model of one version, whole.
async fn assert_whole(client: &Client<Librarian>, store: &SharedStore, by: u32) {
    for (shelf, books) in in_the_log(store).await {
        let seen = client.find(shelf).await.expect("an answer").expect("a row");
        assert_eq!((seen.by, seen.books), (by, books * by), "{}", seen.shelf);
    }
    let shelves = in_the_log(store).await.len();
    assert_eq!(client.count(by).await.expect("an answer"), shelves);
    assert_eq!(client.count(3 - by).await.expect("an answer"), 0, "no row of the other version");
}

/// Some events on some shelves.
async fn write(client: &Client<Librarian>, random: &mut fastrand::Rng, commands: u32) {
    for _ in 0..commands {
        let shelf = format!("shelf {}", random.u32(..4));
        let filled = client.fill(shelf.clone(), random.u32(1..6)).await;
        if let Err(SendError::NotFound { .. }) = filled {
            client.build(shelf).await.expect("it is accepted");
        }
    }
}

fn random() -> fastrand::Rng {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    fastrand::Rng::with_seed(seed)
}

/// Reads and writes while the second version is built, which may handle as many events as there were reads. Ends when it
/// serves, or after so many reads.
async fn read_while_building(
    clients: [&Client<Librarian>; 2],
    pace: &Pace,
    random: &mut fastrand::Rng,
    reads: usize,
) -> bool {
    let mut books: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..reads {
        pace.events.add_permits(random.usize(1..4));
        let client = clients[random.usize(..2)];
        if random.u32(..10) == 0 {
            // Where there is one writer, the second version may be it, and wait for its next event.
            tokio::select! {
                () = write(client, random, 1) => {}
                () = let_pass(pace) => {}
            }
        }
        let shelf = format!("shelf {}", random.u32(..4));
        let Some(seen) = client.find(shelf.clone()).await.expect("an answer") else {
            assert!(!books.contains_key(&shelf), "{shelf} is gone");
            continue;
        };
        if seen.by == 2 {
            return true;
        }
        let before = books.insert(shelf, seen.books).unwrap_or_default();
        assert!(seen.books >= before, "{before} books are less in {seen:?}");
    }
    false
}

/// Lets the second version handle as much as it likes.
async fn let_pass(pace: &Pace) {
    loop {
        pace.events.add_permits(1);
        tokio::task::yield_now().await;
    }
}

#[test]
fn the_old_version_serves_until_the_new_one_is_built() {
    on_every_store(|store| async move {
        let mut random = random();
        let (old, client) = shelves::first(&store).await;
        write(&client, &mut random, 150).await;
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let pace = Pace::slow();
        let (new, newer) = shelves::second(&store, &pace).await;
        pace.events.add_permits(20);
        let building = until(&new, 2, |one| one.state == VersionState::Rebuilding).await;
        let rebuild = building.rebuild.expect("it is being built");
        assert!(rebuild.done < rebuild.total && rebuild.total >= 150, "{rebuild:?}");
        assert_eq!(until(&new, 1, |_| true).await.state, VersionState::Serving);

        let began = pace.handled.load(Ordering::Relaxed);
        let served = read_while_building([&client, &newer], &pace, &mut random, 10_000).await;
        assert!(served && began < rebuild.total, "it is built in the end");
        pace.events.add_permits(100_000);
        for app in [&old, &new] {
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            assert_eq!(until(app, 2, |one| one.lag == 0).await.state, VersionState::Serving);
            let kept = until(app, 1, |one| one.lag == 0).await;
            assert_eq!((kept.state, kept.is_live), (VersionState::Kept, true));
        }
        for client in [&client, &newer] {
            assert_whole(client, &store, 2).await;
        }
        write(&client, &mut random, 20).await;
        for app in [&old, &new] {
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
        }
        assert_whole(&newer, &store, 2).await;
        new.shutdown().await.expect("it stops");
        old.shutdown().await.expect("it stops");
    });
}

#[test]
fn the_old_version_is_frozen_when_nobody_runs_it() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        client.build("a".into()).await.expect("it is accepted");
        client.fill("a".into(), 3).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        old.shutdown().await.expect("it stops");

        let (held, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (new, client) = shelves::second(&held, &Pace::default()).await;
        client.fill("a".into(), 1).await.expect("it is accepted");
        let seen = client.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!((seen.by, seen.books), (1, 3), "it stays as it was");
        let frozen = until(&new, 1, |_| true).await;
        assert_eq!((frozen.state, frozen.lag), (VersionState::Frozen, 1));
        assert_eq!(until(&new, 2, |_| true).await.state, VersionState::Rebuilding);
        let status = new.status().await.expect("a status").remove(0);
        let version = status.version.expect("a projector");
        assert_eq!((version.serving, version.is_frozen, version.state), (1, true, VersionState::Rebuilding));
        let rebuild = version.rebuild.expect("it is being built");
        assert_eq!((rebuild.done, rebuild.total, rebuild.left), (0, 5, None));

        faults.refuses_claims.store(false, Ordering::Relaxed);
        new.wait_for_head(PATIENCE).await.expect("it is built");
        assert_whole(&client, &store, 2).await;
        let version = new.status().await.expect("a status").remove(0).version.expect("a projector");
        assert_eq!((version.serving, version.is_frozen, version.rebuild), (2, false, None));
        let kept = until(&new, 1, |_| true).await;
        assert_eq!((kept.state, kept.is_live), (VersionState::Kept, false));
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_build_that_is_interrupted_goes_on_where_it_was() {
    on_every_store(|store| async move {
        let mut random = random();
        let (old, client) = shelves::first(&store).await;
        write(&client, &mut random, 100).await;
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let pace = Pace::slow();
        let mut crashes = 0;
        loop {
            let (new, newer) = shelves::second_with(&store, &pace, Duration::from_millis(300)).await;
            let owned = crate::audit::until(&new, "library/Shelves v2", |one| one.is_owned_here);
            tokio::select! {
                _ = owned => {}
                () = let_pass(&pace) => {}
            }
            let reads = random.usize(1..80);
            let served = read_while_building([&client, &newer], &pace, &mut random, reads).await;
            // As a process that dies: nothing is ended.
            drop(new);
            crashes += 1;
            if served {
                break;
            }
            assert!(crashes < 1_000, "it never gets on");
        }
        println!("{crashes} crashes");
        pace.events.add_permits(1_000_000);
        let (new, newer) = shelves::second(&store, &pace).await;
        new.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_whole(&newer, &store, 2).await;
        old.shutdown().await.expect("it stops");
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_version_serves_when_it_is_built_in_all_its_contexts() {
    on_every_store(|store| async move {
        let (north, south) = (Context::new("north"), Context::new("south"));
        let (old, client) = shelves::first(&store).await;
        for (context, shelf) in [(&north, "n"), (&south, "s")] {
            client.in_context(context.clone()).build(shelf.into()).await.expect("it is accepted");
        }
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let start = async |store: &SharedStore| {
            let builder = second::Library::builder().shared_store(store.clone()).provide(Pace::default());
            let builder = builder.contexts::<second::Shelves>([north.clone(), south.clone()]);
            builder.start().await.expect("it starts")
        };
        let (held, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        start(&held).await.shutdown().await.expect("it stops");
        let id = ConsumerId { component: "library/Shelves".into(), version: 2, context: "north".into() };
        assert!(store.set_paused(&id, true).await.expect("no error"), "it is created");
        let app = start(&store).await;
        let newer: Client<Librarian> = app.invoker();
        crate::audit::until(&app, "library/Shelves v2 in south", |one| {
            one.state == ConsumerState::Running && one.lag == 0
        })
        .await;
        assert_eq!(until(&app, 2, |_| true).await.state, VersionState::Rebuilding, "one is missing");
        assert_whole(&newer, &store, 1).await;
        app.resume("library/Shelves v2 in north").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("it is built");
        until(&app, 2, |one| one.state == VersionState::Serving).await;
        assert_whole(&newer, &store, 2).await;
        app.shutdown().await.expect("it stops");
        old.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_earlier_version_serves_again_when_somebody_says_so() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        client.build("a".into()).await.expect("it is accepted");
        let (new, newer) = shelves::second(&store, &Pace::default()).await;
        new.wait_for_head(PATIENCE).await.expect("it is built");
        until(&new, 2, |one| one.state == VersionState::Serving).await;
        new.activate("Shelves", 1).await.expect("it is kept");
        new.activate("library/Shelves", 1).await.expect("twice is once");
        let receipt = client.fill("a".into(), 2).await.expect("it is accepted");
        let seen = newer.find_after("a".into(), receipt).await.expect("an answer").expect("a row");
        assert_eq!((seen.by, seen.books), (1, 2));
        new.wait_for_head(PATIENCE).await.expect("it goes on beside");
        assert_eq!(until(&new, 2, |one| one.lag == 0).await.state, VersionState::Kept);
        new.shutdown().await.expect("it stops");
        let (new, newer) = shelves::second(&store, &Pace::default()).await;
        new.wait_for_head(PATIENCE).await.expect("it goes on");
        assert_whole(&newer, &store, 1).await;

        old.shutdown().await.expect("it stops");
        new.activate("Shelves", 2).await.expect("it is kept");
        assert_whole(&newer, &store, 2).await;
        newer.fill("a".into(), 1_100).await.expect("it is accepted");
        new.wait_for_head(PATIENCE).await.expect("it is handled");
        match new.activate("Shelves", 1).await {
            Err(VersionsError::Behind { projector, version, behind, .. }) => {
                assert_eq!((&*projector, version, behind), ("library/Shelves", 1, 1_100));
            }
            other => panic!("{other:?}"),
        }
        match new.activate("Shelves", 7).await {
            Err(VersionsError::NoVersion { version, known, .. }) => {
                assert_eq!((version, known), (7, vec![1, 2]))
            }
            other => panic!("{other:?}"),
        }
        match new.versions("Shelfs").await {
            Err(VersionsError::Unknown { name, known }) => {
                assert_eq!((&*name, known), ("Shelfs", vec!["library/Shelves".to_owned()]));
            }
            other => panic!("{other:?}"),
        }
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_version_that_was_never_built_does_not_serve() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        client.build("a".into()).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let (held, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (new, newer) = shelves::second(&held, &Pace::default()).await;
        let error = new.activate("Shelves", 2).await.expect_err("it is not built");
        assert!(matches!(error, VersionsError::Behind { behind: 1, .. }), "{error}");
        assert_whole(&newer, &store, 1).await;
        new.shutdown().await.expect("it stops");
        old.shutdown().await.expect("it stops");
    });
}

async fn rows(store: &SharedStore, version: u32) -> usize {
    let view = ViewId { view: "library/ShelfView".into(), version };
    store.find_view_rows(&view, &ViewMatch::All, Page::new(0, 10_000)).await.expect("a read").len()
}

#[test]
fn a_version_is_dropped_with_its_rows_unless_it_serves() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        for shelf in 0..20 {
            client.build(format!("shelf {shelf}")).await.expect("it is accepted");
        }
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let (new, newer) = shelves::second(&store, &Pace::default()).await;
        new.wait_for_head(PATIENCE).await.expect("it is built");
        until(&new, 2, |one| one.state == VersionState::Serving).await;
        let error = new.drop_version("Shelves", 2).await.expect_err("it serves");
        assert!(matches!(error, VersionsError::Serves { version: 2, .. }), "{error}");
        assert_eq!((rows(&store, 1).await, rows(&store, 2).await), (20, 20));

        new.drop_version("Shelves", 1).await.expect("nobody reads it");
        assert_eq!((rows(&store, 1).await, rows(&store, 2).await), (0, 20));
        let versions = new.versions("Shelves").await.expect("an answer");
        assert_eq!(versions.iter().map(|one| one.version).collect::<Vec<_>>(), [2]);
        let error = new.drop_version("Shelves", 1).await.expect_err("it is gone");
        assert!(matches!(error, VersionsError::NoVersion { version: 1, .. }), "{error}");
        // The process that ran it reads what serves, and writes nothing.
        client.build("another".into()).await.expect("it is accepted");
        new.wait_for_head(PATIENCE).await.expect("it is handled");
        for client in [&client, &newer] {
            assert_whole(client, &store, 2).await;
        }
        assert_eq!(rows(&store, 1).await, 0);
        let horizon = store.horizon().await.expect("a read");
        assert_eq!(horizon.held_by, None, "what is dropped holds nobody up: {horizon:?}");
        old.shutdown().await.expect("it stops");
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_drop_that_is_interrupted_goes_on() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        client.build("a".into()).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        old.shutdown().await.expect("it stops");
        let (new, newer) = shelves::second(&store, &Pace::default()).await;
        new.wait_for_head(PATIENCE).await.expect("it is built");
        assert!(store.retire_version("library/Shelves", 1).await.expect("it is kept"));
        let left = until(&new, 1, |_| true).await;
        assert_eq!(
            (left.state, left.is_live, left.views),
            (VersionState::Kept, false, vec!["library/ShelfView".to_owned()])
        );
        let error = new.activate("Shelves", 1).await.expect_err("half of it is gone");
        assert!(matches!(error, VersionsError::Behind { .. }), "{error}");
        new.drop_version("Shelves", 1).await.expect("it goes on");
        assert_eq!(rows(&store, 1).await, 0);
        assert_whole(&newer, &store, 2).await;
        new.shutdown().await.expect("it stops");
    });
}

#[test]
fn handlers_are_told_what_is_replayed() {
    on_every_store(|store| async move {
        let (old, client) = shelves::first(&store).await;
        until(&old, 1, |one| one.is_live).await;
        old.wait_for_head(PATIENCE).await.expect("it is at the beginning");
        crate::audit::until(&old, "library/Shelves", |one| one.state == ConsumerState::Running).await;
        let built = client.build("a".into()).await.expect("it is accepted");
        let live = client.find_after("a".into(), built).await.expect("an answer").expect("a row");
        assert_eq!(live.replayed, 0);
        client.fill("a".into(), 4).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        old.shutdown().await.expect("it stops");
        let (new, client) = shelves::second(&store, &Pace::default()).await;
        new.wait_for_head(PATIENCE).await.expect("it is built");
        let receipt = client.fill("a".into(), 3).await.expect("it is accepted");
        let seen = client.find_after("a".into(), receipt).await.expect("an answer").expect("a row");
        assert_eq!((seen.books, seen.replayed), (14, 5), "what was there before it was built");

        new.reset("Shelves", Position::START).await.expect("it is known");
        let receipt = client.fill("a".into(), 1).await.expect("it is accepted");
        until(&new, 2, |one| one.lag == 0).await;
        let seen = client.find_after("a".into(), receipt).await.expect("an answer").expect("a row");
        assert_eq!((seen.books, seen.replayed), (30, 13), "on top of what was there");
        new.shutdown().await.expect("it stops");
    });
}

//! Reading one's own write.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use evento::{Client, QueryError, Refusal, prelude::*, store::SharedStore};

use crate::{
    faulty::Faulty,
    shelves::{self, Librarian, Pace, first},
    stores::{PATIENCE, on_every_store},
};

/// Long enough for anything that happens at all.
const LONG: Duration = Duration::from_secs(600);
/// Short, for what does not happen.
const SHORT: Duration = Duration::from_millis(300);

async fn books(client: &Client<Librarian>, shelf: &str, receipt: &Receipt) -> u32 {
    let found = client.find_after(shelf.to_owned(), receipt.clone()).await.expect("an answer");
    found.expect("a row").books
}

#[test]
fn what_was_sent_is_read_right_away() {
    on_every_store(|store| async move {
        let (app, client) = shelves::first(&store).await;
        let mut expected = 0;
        let built = client.build("a".into()).await.expect("it is accepted");
        assert_eq!(books(&client, "a", &built).await, 0);
        for step in 1..=40 {
            let receipt = client.fill("a".into(), step % 3 + 1).await.expect("it is accepted");
            expected += step % 3 + 1;
            let seen = match step % 3 {
                0 => books(&client, "a", &receipt).await,
                1 => client.count_after("a".into(), receipt).await.expect("an answer"),
                _ => client.after(&receipt).find("a".into()).await.expect("an answer").expect("a row").books,
            };
            assert_eq!(seen, expected, "after step {step}");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_query_says_which_projector_is_not_there_yet() {
    on_every_store(|store| async move {
        let (app, client) = shelves::first(&store).await;
        let built = client.build("a".into()).await.expect("it is accepted");
        assert_eq!(books(&client, "a", &built).await, 0);
        app.pause("Shelves").await.expect("it is known");
        crate::audit::until(&app, "library/Shelves", |one| {
            one.state == evento::consumer::ConsumerState::Paused
        })
        .await;
        let receipt = client.fill("a".into(), 3).await.expect("it is accepted");
        let at = built.position().expect("an event");
        match client.within(SHORT).find_after("a".into(), receipt.clone()).await {
            Err(QueryError::NotYet { query, projector, position, until, behind }) => {
                assert_eq!((&*query, &*projector.to_string()), ("FindShelf", "library/Shelves v1"));
                assert_eq!((position, until, behind), (at, Position(at.0 + 3), 3));
            }
            other => panic!("{other:?}"),
        }
        let error = client.within(SHORT).count_after("a".into(), receipt.clone()).await.expect_err("not yet");
        assert!(error.is_transient());
        assert!(error.to_string().contains("3 events before"), "{error}");

        // Others do not wait, and whoever does is told at once.
        assert_eq!(client.within(LONG).find("a".into()).await.expect("an answer").expect("a row").books, 0);
        let waits = async { books(&client.within(LONG), "a", &receipt).await };
        let resumes = async { app.resume("Shelves").await.expect("it is known") };
        let (seen, ()) = tokio::join!(waits, resumes);
        assert_eq!(seen, 3);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_receipt_without_anything_for_the_query_is_not_waited_for() {
    on_every_store(|store| async move {
        let (app, client) = shelves::first(&store).await;
        let built = client.build("a".into()).await.expect("it is accepted");
        books(&client, "a", &built).await;
        app.pause("Shelves").await.expect("it is known");
        crate::audit::until(&app, "library/Shelves", |one| {
            one.state == evento::consumer::ConsumerState::Paused
        })
        .await;
        let dusted = client.dust("a".into()).await.expect("it is accepted");
        let nothing = client.fill("a".into(), 0).await.expect("it is accepted");
        let client = client.within(LONG);
        for receipt in [&dusted, &nothing, &built] {
            assert_eq!(books(&client, "a", receipt).await, 0, "nobody waits");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_event_that_was_put_aside_is_named() {
    on_every_store(|store| async move {
        let pace = Pace::default();
        let (app, client) = shelves::second(&store, &pace).await;
        let good = client.build("good".into()).await.expect("it is accepted");
        let bad = client.build("bad".into()).await.expect("it is accepted");
        assert_eq!(books(&client, "bad", &bad).await, 0);
        pace.fails.store(true, Ordering::Relaxed);
        let failed = client.fill("bad".into(), 1).await.expect("it is accepted");
        let behind = client.fill("bad".into(), 2).await.expect("it is accepted");
        for (receipt, fails) in [(&failed, true), (&behind, false)] {
            match client.find_after("bad".into(), receipt.clone()).await {
                Err(QueryError::Parked { query, projector, position, key, error }) => {
                    assert_eq!((&*query, &*projector.to_string()), ("FindShelf", "library/Shelves v2"));
                    assert_eq!((position, &*key), (receipt.events()[0].position, "Shelf/bad"));
                    assert_eq!(error.is_some_and(|error| error.contains("a bad shelf")), fails);
                }
                other => panic!("{other:?}"),
            }
        }
        let receipt = client.fill("good".into(), 1).await.expect("it is accepted");
        assert_eq!(books(&client, "good", &receipt).await, 2, "others are not concerned");
        assert_eq!(books(&client, "good", &good).await, 2);
        app.shutdown().await.expect("it stops");
    });
}

/// A process that runs no consumer.
async fn idle(store: &SharedStore) -> shelves::Process {
    let (idle, faults) = Faulty::around(store);
    faults.refuses_claims.store(true, Ordering::Relaxed);
    shelves::first(&idle).await
}

#[test]
fn what_another_process_projects_is_waited_for() {
    on_every_store(|store| async move {
        let (idle, client) = idle(&store).await;
        let receipt = client.build("a".into()).await.expect("it is accepted");
        match client.within(SHORT).find_after("a".into(), receipt.clone()).await {
            Err(QueryError::NotYet { position, behind, .. }) => assert_eq!((position.0, behind), (0, 1)),
            other => panic!("{other:?}"),
        }
        let (other, _) = shelves::first(&store).await;
        for step in 0..20 {
            let receipt = client.fill("a".into(), 1).await.expect("it is accepted");
            assert_eq!(books(&client, "a", &receipt).await, step + 1);
        }
        other.shutdown().await.expect("it stops");
        let receipt = client.fill("a".into(), 1).await.expect("it is accepted");
        assert!(
            matches!(
                client.within(SHORT).find_after("a".into(), receipt).await,
                Err(QueryError::NotYet { behind: 1, .. })
            ),
            "nobody runs it any more"
        );
        idle.shutdown().await.expect("it stops");
    });
}

#[test]
fn only_the_context_of_the_event_is_waited_for() {
    on_every_store(|store| async move {
        let (north, south) = (Context::new("north"), Context::new("south"));
        let app = first::Library::builder()
            .shared_store(store)
            .contexts::<first::Shelves>([north.clone(), south.clone()])
            .start()
            .await
            .expect("it starts");
        let client: Client<Librarian> = app.invoker();
        app.pause("library/Shelves v1 in north").await.expect("it is known");
        crate::audit::until(&app, "library/Shelves v1 in north", |one| {
            one.state == evento::consumer::ConsumerState::Paused
        })
        .await;
        let in_north = client.in_context(north).build("n".into()).await.expect("it is accepted");
        let in_south = client.in_context(south).build("s".into()).await.expect("it is accepted");
        let in_none = client.build("x".into()).await.expect("it is accepted");
        assert_eq!(books(&client.within(LONG), "s", &in_south).await, 0);
        let unread = client.within(LONG).find_after("x".into(), in_none).await.expect("an answer");
        assert_eq!(unread, None, "no consumer handles its context");
        match client.within(SHORT).find_after("n".into(), in_north.clone()).await {
            Err(QueryError::NotYet { projector, .. }) => assert_eq!(projector.context, "north"),
            other => panic!("{other:?}"),
        }
        app.resume("library/Shelves v1 in north").await.expect("it is known");
        assert_eq!(books(&client.within(LONG), "n", &in_north).await, 0);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn the_version_that_is_read_is_the_one_that_is_waited_for() {
    on_every_store(|store| async move {
        const BEFORE: u32 = 300;
        let (old, client) = shelves::first(&store).await;
        client.build("a".into()).await.expect("it is accepted");
        client.fill("a".into(), BEFORE).await.expect("it is accepted");
        old.wait_for_head(PATIENCE).await.expect("it is handled");
        let (new, newer) = shelves::second(&store, &Pace::default()).await;
        let mut read = [0, 0];
        for step in 1..=100 {
            let receipt = client.fill("a".into(), 1).await.expect("it is accepted");
            for client in [&client, &newer] {
                let seen = client.find_after("a".into(), receipt.clone()).await.expect("an answer");
                let seen = seen.expect("a row");
                assert_eq!(seen.books, (BEFORE + step) * seen.by, "{seen:?} at step {step}");
                read[seen.by as usize - 1] += 1;
            }
            if step == 50 {
                new.wait_for_head(PATIENCE).await.expect("it is built");
            }
        }
        println!("{read:?} answers of the two versions");
        assert!(read[1] > 0, "the new one is read in the end");
        new.shutdown().await.expect("it stops");
        old.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_and_the_end_of_the_application_end_the_wait() {
    on_every_store(|store| async move {
        let (idle, client) = idle(&store).await;
        let receipt = client.build("a".into()).await.expect("it is accepted");
        let began = Instant::now();
        let late = client.within(Duration::ZERO).find_after("a".into(), receipt.clone()).await;
        assert!(
            matches!(late, Err(QueryError::Refused { refusal: Refusal::DeadlinePassed, .. })),
            "{late:?}"
        );
        let waiting = tokio::spawn({
            let (client, receipt) = (client.within(LONG), receipt.clone());
            async move { client.find_after("a".into(), receipt).await }
        });
        tokio::task::yield_now().await;
        idle.shutdown().await.expect("it stops");
        let refused = tokio::time::timeout(PATIENCE, waiting).await.expect("it ends").expect("no panic");
        assert!(
            matches!(refused, Err(QueryError::Refused { refusal: Refusal::ShuttingDown, .. })),
            "{refused:?} after {:?}",
            began.elapsed()
        );
    });
}

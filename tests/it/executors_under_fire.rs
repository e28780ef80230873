//! Observers that are stopped, paused, killed or cut off while many events are under way.

use std::{sync::atomic::Ordering, time::Duration};

use evento::{Replay, consumer::ConsumerState};
use futures_util::future::poll_immediate;

use crate::{
    audit::until,
    faulty::Faulty,
    post::{How, LEASE, PostBundle, Rounds, STREETS, checkpoint, dead, post, start, visit},
    stores::{PATIENCE, eventually, on_every_store},
};

#[test]
fn a_shutdown_ends_what_has_begun_and_begins_nothing() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        STREETS.iter().for_each(|street| rounds.hold(visit("postman", street, 1)));
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 2)).await;
        post(&office, &STREETS).await;
        rounds.until_inside(2).await;
        // What fails in the end does not count, either.
        rounds.fail(visit("postman", "b", 1), How::Panic, 1);
        {
            let mut stopping = std::pin::pin!(app.shutdown());
            assert!(poll_immediate(&mut stopping).await.is_none(), "two are under way");
            rounds.release_all();
            stopping.await.expect("it comes to rest");
        }
        assert_eq!(rounds.done(), [visit("postman", "a", 1)]);
        assert_eq!(dead(&store, "Postman").await, [0; 0]);

        let rounds = rounds.next_life();
        let (app, _) = start(&store, &rounds, PostBundle::builder().executor("mail", 2)).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for street in STREETS {
            assert_eq!(rounds.times(&visit("postman", street, 1)), 1, "{street} is done once");
        }
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn the_checkpoint_never_passes_what_is_not_done() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        let held = visit("postman", "a", 1);
        rounds.hold(held.clone());
        let builder = || PostBundle::builder().executor("mail", 4).lease(LEASE);
        let (app, office) = start(&store, &rounds, builder()).await;
        let posted = post(&office, &STREETS).await;
        for street in &STREETS[1..] {
            rounds.until_done(&visit("postman", street, 1)).await;
        }
        assert!(checkpoint(&store, "Postman").await < posted[0]);
        assert!(until(&app, "post/Postman", |one| one.lag > 0).await.position < posted[0]);
        drop(app);
        eventually("its end", async || rounds.inside().is_empty()).await;
        assert!(checkpoint(&store, "Postman").await < posted[0]);

        rounds.release_all();
        let rounds = rounds.next_life();
        let (app, _) = start(&store, &rounds, builder()).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(rounds.times(&held), 1, "it is not lost");
        rounds.assert_in_order();
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn what_is_under_way_is_dropped_when_the_lease_is_over() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let rounds = Rounds::default();
        STREETS.iter().for_each(|street| rounds.hold(visit("postman", street, 1)));
        let builder = PostBundle::builder().executor("mail", 4).lease(LEASE);
        let (app, office) = start(&faulty, &rounds, builder).await;
        post(&office, &STREETS).await;
        rounds.until_inside(4).await;
        faults.refuses_claims.store(true, Ordering::Relaxed);
        faults.refuses_heartbeats.store(true, Ordering::Relaxed);
        rounds.until_inside(0).await;
        assert_eq!(rounds.done().len(), 0, "nobody has released them");
        rounds.release_all();
        faults.refuses_claims.store(false, Ordering::Relaxed);
        faults.refuses_heartbeats.store(false, Ordering::Relaxed);
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for street in STREETS {
            assert_eq!(rounds.times(&visit("postman", street, 1)), 1, "{street} is done once");
        }
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn what_is_done_is_not_done_again_when_the_store_could_not_be_reached() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let rounds = Rounds::default();
        let held = visit("postman", "a", 1);
        rounds.hold(held.clone());
        // The outage must not cost it the lease, however slow everything is.
        let builder = PostBundle::builder().executor("mail", 4).lease(Duration::from_secs(600));
        let (app, office) = start(&faulty, &rounds, builder).await;
        post(&office, &STREETS).await;
        for street in &STREETS[1..] {
            rounds.until_done(&visit("postman", street, 1)).await;
        }
        faults.is_unreachable.store(true, Ordering::Relaxed);
        let refused = faults.refused.load(Ordering::Relaxed);
        rounds.release(&held);
        eventually("an attempt to save", async || faults.refused.load(Ordering::Relaxed) > refused + 2).await;
        faults.is_unreachable.store(false, Ordering::Relaxed);
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for street in STREETS {
            assert_eq!(rounds.times(&visit("postman", street, 1)), 1, "{street} is done once");
        }
        assert_eq!(dead(&store, "Postman").await, [0; 0]);
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_pause_ends_what_has_begun_and_what_was_done_is_not_done_again() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        rounds.hold(visit("postman", "a", 1));
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 4)).await;
        rounds.fail(visit("postman", "b", 1), How::FailTransiently, 2);
        post(&office, &STREETS).await;
        for street in &STREETS[1..] {
            rounds.until_done(&visit("postman", street, 1)).await;
        }
        app.pause("Postman").await.expect("it is known");
        rounds.fail(visit("postman", "a", 1), How::Fail, 1);
        rounds.release_all();
        until(&app, "post/Postman", |one| one.state == ConsumerState::Paused).await;
        rounds.until_inside(0).await;
        post(&office, &["g"]).await;
        app.resume("Postman").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        for street in [&STREETS[..], &["g"]].concat() {
            assert_eq!(rounds.times(&visit("postman", street, 1)), 1, "{street} is done once");
        }
        assert_eq!(
            dead(&store, "Postman").await,
            [0; 0],
            "what failed while it came to rest was tried again"
        );
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn too_many_keys_pause_an_observer_and_what_was_done_is_not_done_again() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        for street in ["a", "c", "d"] {
            rounds.fail(visit("postman", street, 1), How::Panic, 1);
        }
        let builder = PostBundle::builder().executor("mail", 1).pause_after(2, Duration::from_secs(600));
        let (app, office) = start(&store, &rounds, builder).await;
        post(&office, &STREETS).await;
        let paused = until(&app, "post/Postman", |one| {
            one.state == ConsumerState::Paused
                && one.last_error.as_deref().is_some_and(|text| text.contains("resume"))
        })
        .await;
        assert_eq!(paused.parked, 2);
        app.resume("Postman").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("everything is handled or put aside");
        let replayed = app.dead_events().of("Postman").replay(PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 2 }, "the third was tried again");
        for street in STREETS {
            assert_eq!(rounds.times(&visit("postman", street, 1)), 1, "{street} is done once");
        }
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_dead_event_behind_one_that_is_not_done_neither_gets_lost_nor_overtaken() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        rounds.hold(visit("postman", "a", 1));
        rounds.fail(visit("postman", "b", 1), How::Panic, 1);
        let builder = || PostBundle::builder().executor("mail", 4).lease(LEASE);
        let (app, office) = start(&store, &rounds, builder()).await;
        post(&office, &["a", "b", "b", "c"]).await;
        rounds.until_done(&visit("postman", "c", 1)).await;
        let told = |one: &evento::consumer::ConsumerStatus| {
            one.last_error.as_deref().is_some_and(|error| error.contains("a dog in b"))
        };
        until(&app, "post/Postman", told).await;
        assert_eq!(dead(&store, "Postman").await, [0; 0], "nothing is stored ahead of the checkpoint");
        drop(app);
        eventually("its end", async || rounds.inside().is_empty()).await;

        // What failed has its turn again, and what waits behind it, too.
        rounds.release_all();
        let rounds = rounds.next_life();
        let (app, office) = start(&store, &rounds, builder()).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(dead(&store, "Postman").await, [0; 0]);
        assert_eq!(rounds.begun("postman", "b"), [(1, 0), (1, 1), (2, 1)]);

        // Without a crash, it is stored with all that waits behind it when it is its turn.
        rounds.hold(visit("postman", "a", 2));
        rounds.fail(visit("postman", "b", 3), How::Panic, 1);
        let posted = post(&office, &["a", "b", "b", "c"]).await;
        rounds.until_done(&visit("postman", "c", 2)).await;
        assert_eq!(dead(&store, "Postman").await, [0; 0]);
        rounds.release_all();
        app.wait_for_head(PATIENCE).await.expect("everything is handled or put aside");
        assert_eq!(dead(&store, "Postman").await, [posted[1].0, posted[2].0]);
        let replayed = app.dead_events().of("Postman").replay(PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 2 });
        rounds.assert_in_order();
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_replay_goes_on_beside_what_is_under_way_and_lets_go_what_waits() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        let (dead_one, other) = (visit("postman", "a", 1), visit("postman", "b", 1));
        rounds.fail(dead_one.clone(), How::Panic, 1);
        rounds.hold(other.clone());
        rounds.hold(visit("postman", "c", 1));
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 4)).await;
        let first = post(&office, &["a"]).await;
        app.wait_for_head(PATIENCE).await.expect("it is put aside");
        // The checkpoint stays before the next ones.
        post(&office, &["b", "c", "a"]).await;
        rounds.until_inside(2).await;
        rounds.hold(dead_one.clone());
        let of = app.dead_events().of("Postman");
        let replaying = async { of.replay(PATIENCE).await.expect("it is asked for") };
        let beside = async {
            eventually("the replay", async || rounds.inside().contains(&dead_one)).await;
            // Whoever is under way goes on while the dead event is handled, which may need what it has.
            rounds.release(&other);
            rounds.until_done(&other).await;
            rounds.release(&dead_one);
        };
        let (replayed, ()) = tokio::join!(replaying, beside);
        assert_eq!(replayed, Replay::Done { replayed: 1 });
        // What waited behind it is handled, although the checkpoint has not come there.
        rounds.until_done(&visit("postman", "a", 2)).await;
        assert!(!rounds.done().contains(&visit("postman", "c", 1)), "it is held");
        assert!(checkpoint(&store, "Postman").await >= first[0]);
        rounds.release_all();
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(dead(&store, "Postman").await, [0; 0]);
        rounds.assert_in_order();
        app.shutdown().await.expect("it comes to rest");
    });
}

//! Mistakes with what is handled again: dead events, and the past.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use evento::{Replay, prelude::*, store::ReplayCommands};

use crate::{
    audit,
    faulty::{Faulty, Step},
    mistakes::pads::{Ear, Heard, LONG, ears, jot, later, listener},
    pages::{PagesBundle, ROLES, Scribe, consumer, cure, fail, hang, hung, lines, page, start, write},
    shelves::{self, Pace},
    stores::{PATIENCE, comes, eventually, on_every_store},
};

/// The component of a role.
fn name(role: &str) -> &'static str {
    match role {
        "projector" => "Copyist",
        "observer" => "Crier",
        _ => "Reading",
    }
}

/// A dead event is taken off the list, and then handled: whoever dies in between has lost it.
#[test]
fn a_replay_that_removes_first_and_runs_second() {
    on_every_store(|store| async move {
        for role in ROLES {
            for step in ["handler", "begin", "unpark", "unpark, done", "commit"] {
                let (faulty, faults) = Faulty::around(&store);
                let builder = PagesBundle::builder().shared_store(faulty).lease(Duration::from_secs(15));
                let app = builder.start().await.expect("it starts");
                let (scribe, a) = (app.invoker::<Scribe>(), page(role));
                fail(&[role], &a, 1, true);
                write(&scribe, &a, 1..=2).await;
                app.wait_for_head(PATIENCE).await.expect("at rest");
                cure(&a);
                hang(&[role], &a, 1, step == "handler");
                faults.steps.note(Some(Step::new(step, 1)));
                let asked = app.dead_events().of(name(role)).replay(Duration::ZERO).await;
                assert_eq!(asked.expect("it is asked for"), Replay::Asked);
                match step {
                    "handler" => hung(role, &a, 1).await,
                    _ => faults.steps.stays().await,
                }
                // It dies there.
                drop(app);
                hang(&[role], &a, 1, false);
                let dead = store.dead_events(&consumer(role), Position::START, 9).await.expect("a read");
                assert_eq!(dead.len(), 2, "{role} at {step}");
                for node in store.nodes().await.expect("a read") {
                    store.leave(node.node).await.expect("a write");
                }
                let (app, scribe) = start(&store).await;
                audit::until(&app, &format!("pages/{}", name(role)), |one| one.parked == 0 && !one.replaying)
                    .await;
                assert_eq!(lines(role, &store, &scribe, &a).await, [1, 2], "{role} at {step}");
                app.shutdown().await.expect("it stops");
            }
        }
    });
}

/// Somebody else has what must be locked for the replay, which says that all went well.
#[test]
fn a_replay_that_reports_success_when_it_could_not_get_the_lock() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&ROLES, &a, 1, true);
        write(&scribe, &a, 1..=2).await;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        cure(&a);
        app.shutdown().await.expect("it stops");

        let (faulty, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (app, scribe) = start(&faulty).await;
        for role in ROLES {
            let of = app.dead_events().of(name(role));
            let replayed = of.replay(Duration::from_millis(50)).await.expect("it is asked for");
            assert_eq!(replayed, Replay::Asked, "{role}: nobody has done it");
            let dead = store.dead_events(&consumer(role), Position::START, 9).await.expect("a read");
            assert_eq!(dead.len(), 2, "{role}");
            assert!(of.replay(Duration::from_millis(50)).await.is_err(), "{role}: it is asked for already");
        }
        faults.refuses_claims.store(false, Ordering::Relaxed);
        for role in ROLES {
            audit::until(&app, &format!("pages/{}", name(role)), |one| one.parked == 0 && !one.replaying)
                .await;
            assert_eq!(lines(role, &store, &scribe, &a).await, [1, 2], "{role}: whoever has it does it");
        }
        app.shutdown().await.expect("it stops");
    });
}

/// What was put aside is handled in another order than it happened.
#[test]
fn a_replay_that_runs_out_of_order() {
    const LINES: u64 = 12;
    on_every_store(|store| async move {
        let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        println!("EVENTO_SEED={seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let (app, scribe) = start(&store).await;
        let pages: Vec<_> = (0..3).map(|number| page(&format!("page {number}"))).collect();
        let mut places = BTreeMap::new();
        for line in 1..=LINES {
            for page in &pages {
                // The first fails for all, so that all others wait behind it, and some of these will fail in their turn.
                fail(&ROLES, page, line, line == 1 || random.u8(..3) == 0);
                let written = write(&scribe, page, [line]).await;
                places.insert(written[0], (page.clone(), line));
            }
        }
        app.wait_for_head(PATIENCE).await.expect("at rest");
        for role in ROLES {
            let mut rounds = 0;
            loop {
                match app.dead_events().of(name(role)).replay(PATIENCE).await.expect("it is asked for") {
                    Replay::Done { .. } => break,
                    Replay::Failed { failures, .. } => {
                        // What has failed is cured, and what waits behind it is not.
                        assert!(!failures.is_empty());
                        for failure in failures {
                            let (page, line) = &places[&failure.position];
                            fail(&[role], page, *line, false);
                        }
                    }
                    other => panic!("{role}: {other:?}"),
                }
                rounds += 1;
                assert!(rounds <= 2 * LINES, "{role} gets on in each round");
            }
            for page in &pages {
                let handled = lines(role, &store, &scribe, page).await;
                assert_eq!(handled, (1..=LINES).collect::<Vec<_>>(), "{role} at {page}");
            }
        }
        app.shutdown().await.expect("it stops");
    });
}

/// Whoever begins anew does again what he has done outside. A later version goes on where the one before it was.
#[test]
fn a_new_version_that_repeats_side_effects() {
    on_every_store(|store| async move {
        let (heard, of_later) = (Heard::default(), Heard::default());
        let (first, writer) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        for text in ["one", "two"] {
            jot(&writer, "a", text).await;
        }
        first.wait_for_head(PATIENCE).await.expect("everything is handled");
        // Both at once, as during a deployment.
        let builder = later::Ears::builder().shared_store(store.clone());
        let builder = builder.provide(Ear::noting(&of_later, |_| Ok(()))).lease(LONG);
        // That it is to begin with the first event is said for those that are new.
        let builder = builder.from_beginning::<later::Listener>(ReplayCommands::Sent);
        let second = builder.start().await.expect("it starts");
        audit::until(&second, "ears/Listener", |one| one.is_owned_here).await;
        for text in ["three", "four"] {
            jot(&writer, "a", text).await;
        }
        second.wait_for_head(PATIENCE).await.expect("everything is handled");
        // The earlier one may have begun with something before it found out, which does not count.
        assert_eq!(of_later.all(), ["three", "four"]);
        assert_eq!((heard.count("one"), heard.count("two")), (1, 1));
        let record = store.consumer(&listener()).await.expect("a read").expect("a record");
        assert_eq!(record.code_version, 2);
        first.shutdown().await.expect("it stops");
        second.shutdown().await.expect("it stops");
    });
}

/// While a read model is built anew, nobody can read it, or it is empty, or old; and somebody has to say by hand when it is ready.
#[test]
fn a_rebuild_that_needs_downtime_and_statements_by_hand() {
    on_every_store(|store| async move {
        let (first, old) = shelves::first(&store).await;
        old.build("a".into()).await.expect("it is accepted");
        old.fill("a".into(), 20).await.expect("it is accepted");
        first.wait_for_head(PATIENCE).await.expect("everything is handled");
        // Nobody builds it yet.
        let (faulty, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let (second, new) = shelves::second(&faulty, &Pace::default()).await;
        for books in 21..30 {
            let receipt = old.fill("a".into(), 1).await.expect("it is accepted");
            for client in [&old, &new] {
                let found = client.find_after("a".into(), receipt.clone()).await;
                let seen = found.expect("an answer").expect("a row");
                assert_eq!((seen.by, seen.books), (1, books), "what is served is whole, and up to date");
            }
        }
        // Nobody says anything to anybody from here on.
        faults.refuses_claims.store(false, Ordering::Relaxed);
        let switched = comes(async || {
            let seen = new.find("a".into()).await.expect("an answer").expect("a row");
            assert!([(1, 29), (2, 58)].contains(&(seen.by, seen.books)), "one or the other, whole: {seen:?}");
            seen.by == 2
        });
        assert!(switched.await, "it serves when it is built");
        let receipt = old.fill("a".into(), 1).await.expect("it is accepted");
        let seen = new.find_after("a".into(), receipt).await.expect("an answer").expect("a row");
        assert_eq!((seen.by, seen.books), (2, 60));
        eventually("the news in the other process", async || {
            old.find("a".into()).await.expect("an answer").expect("a row").by == 2
        })
        .await;
        first.shutdown().await.expect("it stops");
        second.shutdown().await.expect("it stops");
    });
}

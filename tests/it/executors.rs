//! Observers handle many events at once: in what order, how many, and how far they get ahead.

use std::time::Duration;

use evento::{
    Replay, StartError,
    consumer::{ConsumerState, ExecutorError},
    prelude::*,
};

use crate::{
    audit::until,
    pages::{self, PagesBundle},
    post::{How, LEASE, PostBundle, RivalsBundle, Rounds, STREETS, checkpoint, dead, post, start, visit},
    stores::{PATIENCE, eventually, on_every_store, run},
};

fn random() -> fastrand::Rng {
    let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("EVENTO_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

#[test]
fn the_order_of_a_stream_holds_and_nothing_is_lost_whatever_fails_and_crashes() {
    on_every_store(|store| async move {
        let (mut random, mut rounds) = (random(), Rounds::default());
        rounds.dawdle(6);
        let mut sent = [0_u64; STREETS.len()];
        for life in 0..4 {
            let builder = RivalsBundle::builder()
                .executor("mail", 3)
                .observer_concurrency(random.usize(1..5))
                .observer_window(random.usize(1..40), 1 << 20)
                .pause_after(1_000, Duration::from_secs(60))
                .lease(LEASE);
            let (app, office) = start(&store, &rounds, builder).await;
            for _ in 0..20 {
                let street = random.usize(0..STREETS.len());
                for who in ["postman", "courier"] {
                    let number = sent[street] + random.u64(1..5);
                    let how = [How::Fail, How::FailTransiently, How::Panic][random.usize(0..3)];
                    rounds.fail(visit(who, STREETS[street], number), how, random.u32(0..4));
                }
                let (letters, parcels) = (random.u64(1..4), random.u64(0..3));
                let posted = office.post(STREETS[street].to_owned(), letters, parcels).await;
                posted.expect("it is accepted");
                sent[street] += letters + parcels;
            }
            let enough = rounds.done().len() + random.usize(1..40);
            eventually("some work", async || {
                let is_at_rest = app.status().await.expect("a status").iter().all(|one| one.lag == 0);
                is_at_rest || rounds.done().len() >= enough
            })
            .await;
            // Two die, and two come to rest.
            if life % 2 == 0 {
                drop(app)
            } else {
                app.shutdown().await.expect("it comes to rest")
            }
            rounds = rounds.next_life();
        }
        rounds.cure();
        let builder = RivalsBundle::builder().executor("mail", 3).lease(LEASE);
        let (app, _) = start(&store, &rounds, builder).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled or put aside");
        for name in ["Postman", "Courier"] {
            let aside = dead(&store, name).await;
            let replayed = app.dead_events().of(name).replay(PATIENCE).await.expect("it is asked for");
            assert_eq!(replayed, Replay::Done { replayed: aside.len() as u64 }, "{name}: {aside:?}");
        }
        rounds.assert_in_order();
        assert!((2..=3).contains(&rounds.most("mail")), "{} at once", rounds.most("mail"));
        for (street, sent) in STREETS.iter().zip(sent) {
            for number in 1..=sent {
                for who in ["postman", "courier"] {
                    assert!(rounds.times(&visit(who, street, number)) > 0, "{who}: {street} {number}");
                }
            }
        }
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn an_executor_is_shared_by_all_who_name_it_and_its_bound_is_never_exceeded() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        for who in ["postman", "courier"] {
            STREETS.iter().for_each(|street| rounds.hold(visit(who, street, 1)));
        }
        let builder = RivalsBundle::builder().executor("mail", 3);
        let (app, office) = start(&store, &rounds, builder).await;
        post(&office, &STREETS).await;
        for left in (3..=12).rev() {
            rounds.until_inside(3).await;
            let inside = rounds.inside();
            rounds.release(&inside[0]);
            eventually("the next one", async || rounds.done().len() == 13 - left).await;
        }
        rounds.release_all();
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!((rounds.most("mail"), rounds.done().len()), (3, 12));
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn observers_handle_many_events_at_once_unless_they_are_told_to_handle_one() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        STREETS.iter().for_each(|street| rounds.hold(visit("postman", street, 1)));
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 1)).await;
        for street in STREETS {
            office.post(street.to_owned(), 0, 1).await.expect("it is accepted");
        }
        rounds.until_inside(STREETS.len()).await;
        rounds.release_all();
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("it comes to rest");

        let (rounds, mut expected) = (rounds.next_life(), rounds.done());
        rounds.dawdle(3);
        // So few bytes, that each event is handled alone.
        let builder = PostBundle::builder().executor("mail", 1).observer_concurrency(1).observer_window(9, 0);
        let (app, office) = start(&store, &rounds, builder).await;
        for number in 2..=4 {
            for street in STREETS {
                office.post(street.to_owned(), 0, 1).await.expect("it is accepted");
                expected.push(visit("postman", street, number));
            }
        }
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(rounds.done()[STREETS.len()..], expected[STREETS.len()..], "in the order of the log");
        app.shutdown().await.expect("it comes to rest");
        rounds.assert_in_order();
    });
}

#[test]
fn who_waits_for_the_next_attempt_keeps_nobody_from_its_own() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        let failing = visit("postman", "a", 1);
        rounds.fail(failing.clone(), How::FailTransiently, u32::MAX);
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 1)).await;
        let posted = post(&office, &["a", "a", "b"]).await;
        rounds.until_done(&visit("postman", "b", 1)).await;
        let is_failing = |one: &evento::consumer::ConsumerStatus| {
            one.state == ConsumerState::Failing
                && one.last_error.as_deref().is_some_and(|error| error.contains("rain"))
        };
        until(&app, "post/Postman", is_failing).await;
        post(&office, &["c", "c"]).await;
        rounds.until_done(&visit("postman", "c", 2)).await;
        // What succeeds beside it does not make it well.
        until(&app, "post/Postman", is_failing).await;
        assert!(checkpoint(&store, "Postman").await < posted[0], "nothing passes it");
        app.shutdown().await.expect("it comes to rest, however long the wait is");
        assert_eq!(dead(&store, "Postman").await, [0; 0], "an interruption puts nothing aside");

        rounds.cure();
        let rounds = rounds.next_life();
        let (app, _) = start(&store, &rounds, PostBundle::builder().executor("mail", 1)).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(rounds.times(&failing), 1);
        rounds.assert_in_order();
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn an_error_stays_until_its_own_event_is_handled() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        rounds.fail(visit("postman", "a", 1), How::FailTransiently, 3);
        let held = visit("postman", "b", 1);
        rounds.hold(held.clone());
        let (app, office) = start(&store, &rounds, PostBundle::builder().executor("mail", 2)).await;
        post(&office, &["a", "b"]).await;
        rounds.until_done(&visit("postman", "a", 1)).await;
        until(&app, "post/Postman", |one| one.state == ConsumerState::CatchingUp && one.last_error.is_none())
            .await;
        rounds.release(&held);
        until(&app, "post/Postman", |one| one.state == ConsumerState::Running && one.lag == 0).await;
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn an_observer_gets_ahead_of_what_is_not_done_as_far_as_its_window() {
    on_every_store(|store| async move {
        let rounds = Rounds::default();
        let held = visit("postman", "a", 1);
        rounds.hold(held.clone());
        let builder = RivalsBundle::builder().executor("mail", 4).observer_window(5, 1 << 20);
        let (app, office) = start(&store, &rounds, builder).await;
        let done_by = |who: &str| rounds.done().iter().filter(|(by, ..)| *by == who).count();
        for _ in 0..4 {
            post(&office, &["a", "b", "c", "d", "e", "f"]).await;
        }
        eventually("what the window holds", async || done_by("postman") == 4).await;
        // The other one comes to the end meanwhile.
        eventually("the rival", async || done_by("courier") == 24).await;
        assert_eq!(done_by("postman"), 4);
        rounds.release(&held);
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(done_by("postman"), 24);
        rounds.assert_in_order();
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn a_context_in_which_a_handler_hangs_holds_up_no_other() {
    on_every_store(|store| async move {
        let contexts = [Context::new("north"), Context::new("south")];
        let app = PagesBundle::builder()
            .shared_store(store.clone())
            .contexts::<pages::Copyist>(contexts.clone())
            .contexts::<pages::Crier>(contexts.clone())
            .contexts::<pages::Reading>(contexts.clone())
            .observer_concurrency(1)
            .start()
            .await
            .expect("it starts");
        let scribe = app.invoker::<pages::Scribe>();
        // Who waits for a projector's transaction has one writer, and every context waits for it.
        let roles = if store.waits_for_transactions() { &pages::ROLES[1..] } else { &pages::ROLES[..] };
        let (stuck, free) = (pages::page("stuck"), pages::page("free"));
        pages::hang(roles, &stuck, 1, true);
        scribe.in_context(contexts[0].clone()).write(stuck.clone(), 1).await.expect("it is accepted");
        for role in roles {
            pages::hung(role, &stuck, 1).await;
        }
        scribe.in_context(contexts[1].clone()).write(free.clone(), 1).await.expect("it is accepted");
        for consumer in ["pages/Copyist v1 in south", "pages/Crier in south", "pages/Reading in south"] {
            until(&app, consumer, |one| one.position >= Position(2)).await;
        }
        pages::cure(&stuck);
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("it comes to rest");
    });
}

#[test]
fn executors_that_do_not_fit_are_told_at_start_all_at_once() {
    run(async {
        let started = |builder: evento::Builder| async move {
            let store = evento::memory::MemoryStore::new();
            builder.state_store(store).provide(Rounds::default()).start().await.map(drop)
        };
        let errors = |result: Result<(), StartError>| match result {
            Err(error @ StartError::Executors(_)) => {
                let text = error.to_string();
                let StartError::Executors(errors) = error else { unreachable!("it was one") };
                (errors, text)
            }
            other => panic!("it must be refused, but: {other:?}"),
        };
        let (unknown, text) =
            errors(started(PostBundle::builder().executor("mial", 4).executor("web", 1)).await);
        assert_eq!(
            unknown,
            [ExecutorError::Unknown {
                component: "Postman",
                handler: "letter",
                executor: "mail",
                known: vec!["mial".into(), "web".into()],
                similar: Some("mial".into()),
            }]
        );
        for part in ["`Postman::letter`", "`mail`", "`mial`, `web`", "did you mean `mial`?"] {
            assert!(text.contains(part), "{text}");
        }
        let (_, text) = errors(started(RivalsBundle::builder()).await);
        assert!(text.contains("`Postman::letter`") && text.contains("`Courier::letter`"), "{text}");
        assert!(text.contains("there is none") && text.contains(".executor(\"mail\", ..)"), "{text}");

        let twice = PostBundle::builder().executor("mail", 1).executor("mail", 2);
        assert_eq!(errors(started(twice).await).0, [ExecutorError::Twice { name: "mail".into() }]);
        let nothing = PostBundle::builder().executor("mail", 0).observer_concurrency(0).observer_window(0, 9);
        let (zeros, text) = errors(started(nothing).await);
        assert_eq!(zeros.len(), 3, "{text}");
        assert!(
            text.contains(".executor(\"mail\", 0)") && text.contains(".observer_concurrency(0)"),
            "{text}"
        );
        // As many as anybody could want.
        let many = PostBundle::builder().executor("mail", usize::MAX).observer_concurrency(usize::MAX);
        started(many.observer_window(usize::MAX, usize::MAX)).await.expect("it starts");
    });
}

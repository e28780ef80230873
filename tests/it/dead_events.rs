//! What was put aside: looked at, handled again in order, and discarded.

use std::time::Duration;

use evento::{
    App, ControlError, DeadEventError, DeadEventId, Discard, Replay,
    consumer::{ConsumerState, ReplayCause},
    prelude::*,
    store::RequestKind,
};

use crate::{
    audit,
    databases::Database,
    pages::{
        ROLES, calls, consumer, cure, events, fail, hang, hung, later::LaterBundle, lines, page, start,
        start_with, write,
    },
    stores::{PATIENCE, on_every_store, run},
};

/// The name of the component of a role.
fn name(role: &str) -> &'static str {
    match role {
        "projector" => "Copyist",
        "observer" => "Crier",
        _ => "Reading",
    }
}

pub async fn at_rest(app: &App) {
    app.wait_for_head(PATIENCE).await.expect("at rest");
}

/// The positions of what a role has put aside of a page, with whether it failed itself, and how often it was tried.
pub async fn parked(app: &App, role: &str, page: &str) -> Vec<(Position, bool, u32)> {
    let dead = app.dead_events().of(name(role)).list(None, 1_000).await.expect("a list");
    let of = |dead: &evento::ParkedEvent| {
        let payload = dead.message.as_ref().map_or("", |message| message.payload.get());
        payload.contains(&format!("{page:?}"))
    };
    dead.into_iter().filter(of).map(|dead| (dead.id.position, dead.error.is_some(), dead.attempts)).collect()
}

pub async fn replay(app: &App, role: &str) -> Replay {
    app.dead_events().of(name(role)).replay(PATIENCE).await.expect("it is asked for")
}

#[test]
fn what_was_put_aside_is_listed_in_pages_and_inspected() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let (a, b) = (page("a"), page("b"));
        fail(&ROLES, &a, 2, true);
        fail(&["observer"], &b, 1, true);
        let user = scribe.with(Metadata::new().with("user", "ada"));
        let of_a = write(&user, &a, 1..=3).await;
        let of_b = write(&scribe, &b, [1]).await;
        at_rest(&app).await;
        let all = app.dead_events().list(None, 100).await.expect("a list");
        let mut paged = Vec::new();
        let mut last: Option<DeadEventId> = None;
        loop {
            let found = app.dead_events().list(last.as_ref(), 2).await.expect("a page");
            let Some(end) = found.last() else { break };
            assert!(found.len() <= 2);
            last = Some(end.id.clone());
            paged.extend(found.into_iter().map(|dead| dead.id));
        }
        assert_eq!(paged, all.iter().map(|dead| dead.id.clone()).collect::<Vec<_>>());
        assert_eq!(all.len(), 2 + 3 + 2, "of the projector, the observer and the saga: {paged:?}");

        let observer = || app.dead_events().of("Crier");
        let key = format!("Sheet/{a}");
        let found = observer().key(&key).list(None, 9).await.expect("a list");
        assert_eq!(found.iter().map(|dead| dead.id.position).collect::<Vec<_>>(), of_a[1..]);
        let (failed, waits) = (&found[0], &found[1]);
        assert_eq!((&failed.id.consumer, &failed.id.key), (&consumer("observer"), &key));
        assert_eq!(
            failed.error.as_deref(),
            Some("as it was told: no observer for line 2"),
            "the whole chain"
        );
        assert_eq!((failed.attempts, waits.attempts, &waits.error), (1, 0, &None));
        assert!(failed.first_failed_at <= failed.last_failed_at && failed.deadline.is_none());
        let message = failed.message.as_ref().expect("an event");
        assert_eq!((&*message.name, &message.context), ("Written", &Context::DEFAULT));
        assert_eq!(message.metadata.get("user"), Some("ada"));
        assert!(message.payload.get().contains(r#""line":2"#), "{}", message.payload);

        let one = app.dead_events().of("pages/Crier").inspect(of_b[0]).await.expect("one of them");
        assert_eq!(one.id.key, format!("Sheet/{b}"));
        match observer().inspect(of_a[0]).await {
            Err(DeadEventError::NotParked { position, next, .. }) => {
                assert_eq!((position, next), (of_a[0], Some(of_a[1])))
            }
            other => panic!("{other:?}"),
        }
        match observer().key(format!("Sheet{a}")).replay(PATIENCE).await {
            Err(DeadEventError::UnknownKey { similar, .. }) => assert_eq!(similar, Some(key)),
            other => panic!("{other:?}"),
        }
        match app.dead_events().of("Cryer").replay(PATIENCE).await {
            Err(DeadEventError::Consumer(ControlError::Unknown { name, .. })) => assert_eq!(name, "Cryer"),
            other => panic!("{other:?}"),
        }
        let health = app.health().await;
        assert_eq!((health.is_ready(), health.parked, health.replaying), (true, 7, 0), "{health}");
        cure(&a);
        cure(&b);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_is_cured_is_replayed_in_order_and_opens_its_key() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let pages = [page("first"), page("second")];
        for page in &pages {
            // The start of the saga fails, too.
            fail(&ROLES, page, 1, true);
            write(&scribe, page, 1..=4).await;
        }
        at_rest(&app).await;
        for page in &pages {
            cure(page);
        }
        for role in ROLES {
            for page in &pages {
                assert_eq!(parked(&app, role, page).await.len(), 4, "{role}");
            }
            assert_eq!(replay(&app, role).await, Replay::Done { replayed: 8 }, "{role}");
            for page in &pages {
                assert_eq!(lines(role, &store, &scribe, page).await, [1, 2, 3, 4], "{role}");
                assert!(parked(&app, role, page).await.is_empty());
            }
            assert_eq!(replay(&app, role).await, Replay::Done { replayed: 0 }, "nothing is left");
        }
        for page in &pages {
            write(&scribe, page, [5]).await;
        }
        at_rest(&app).await;
        for role in ROLES {
            for page in &pages {
                assert_eq!(
                    lines(role, &store, &scribe, page).await,
                    [1, 2, 3, 4, 5],
                    "{role}: the key is open"
                );
            }
        }
        for one in app.status().await.expect("a status") {
            assert_eq!((one.parked, one.replaying, &one.last_error), (0, false, &None), "{}", one.consumer);
        }
        let market = |line| pages.iter().map(|page| calls(page, line)).collect::<Vec<_>>();
        for line in 1..=5 {
            assert_eq!(market(line), [1, 1], "what was sent before it failed was not sent again");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn one_key_is_replayed_and_others_stay() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let (a, b) = (page("a"), page("b"));
        for page in [&a, &b] {
            fail(&["projector"], page, 1, true);
            write(&scribe, page, 1..=2).await;
        }
        at_rest(&app).await;
        cure(&a);
        cure(&b);
        let of = app.dead_events().of("Copyist").key(format!("Sheet/{a}"));
        assert_eq!(of.replay(PATIENCE).await.expect("it is asked for"), Replay::Done { replayed: 2 });
        assert_eq!(lines("projector", &store, &scribe, &a).await, [1, 2]);
        assert_eq!(parked(&app, "projector", &b).await.len(), 2);

        // One after the other, from the first.
        let dead = parked(&app, "projector", &b).await;
        let (first, second) = (dead[0].0, dead[1].0);
        let of = app.dead_events().of("Copyist");
        match of.replay_one(second, PATIENCE).await {
            Err(DeadEventError::NotFirst { position, first: found }) => {
                assert_eq!((position, found), (second, first))
            }
            other => panic!("{other:?}"),
        }
        let replayed = of.replay_one(first, PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 1 });
        write(&scribe, &b, [3]).await;
        at_rest(&app).await;
        assert_eq!(lines("projector", &store, &scribe, &b).await, [1], "nothing overtakes the second");
        assert_eq!(parked(&app, "projector", &b).await.len(), 2, "the third waits behind it");
        assert_eq!(replay(&app, "projector").await, Replay::Done { replayed: 2 });
        assert_eq!(lines("projector", &store, &scribe, &b).await, [1, 2, 3]);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_fails_again_stays_with_its_new_error_and_stops_its_key_only() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let (a, b) = (page("a"), page("b"));
        for page in [&a, &b] {
            fail(&ROLES, page, 1, true);
            write(&scribe, page, 1..=3).await;
        }
        at_rest(&app).await;
        cure(&a);
        cure(&b);
        fail(&ROLES, &a, 2, true);
        for role in ROLES {
            let before = parked(&app, role, &a).await;
            let Replay::Failed { replayed, failures } = replay(&app, role).await else {
                panic!("{role} fails at the second line")
            };
            assert_eq!(replayed, 1 + 3, "{role}: the first of one page, and the other page");
            assert_eq!(failures.len(), 1);
            let failure = &failures[0];
            assert_eq!((failure.position, failure.cause), (before[1].0, ReplayCause::Handler));
            assert_eq!(failure.error, format!("as it was told: no {role} for line 2"));
            let second = (before[1].0, true, 1);
            assert_eq!(parked(&app, role, &a).await, [second, (before[2].0, false, 0)], "{role}");
            assert!(parked(&app, role, &b).await.is_empty());
            let Replay::Failed { replayed: 0, .. } = replay(&app, role).await else {
                panic!("it fails again")
            };
            assert_eq!(parked(&app, role, &a).await[0], (before[1].0, true, 2), "{role}");
            let told = |one: &evento::consumer::ConsumerStatus| {
                one.parked == 2 && one.last_error.as_deref() == Some(&*failure.error)
            };
            audit::until(&app, &format!("pages/{}", name(role)), told).await;
        }
        cure(&a);
        for role in ROLES {
            assert_eq!(replay(&app, role).await, Replay::Done { replayed: 2 }, "{role}");
            assert_eq!(lines(role, &store, &scribe, &a).await, [1, 2, 3], "{role}");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn who_asks_while_something_is_asked_for_is_told_that_it_is_busy() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&["observer"], &a, 1, true);
        let written = write(&scribe, &a, 1..=2).await;
        at_rest(&app).await;
        cure(&a);
        hang(&["observer"], &a, 1, true);
        let of = || app.dead_events().of("Crier");
        let asked = of().replay(Duration::ZERO).await.expect("it is asked for");
        assert_eq!(asked, Replay::Asked, "it is not done, and said so");
        hung("observer", &a, 1).await;
        for busy in [
            of().replay(PATIENCE).await.map(drop),
            of().replay_one(written[0], PATIENCE).await.map(drop),
            of().discard(written[1], "no", PATIENCE).await.map(drop),
        ] {
            match busy {
                Err(DeadEventError::Busy { kind, consumer: busy, .. }) => {
                    assert_eq!((kind, busy), (RequestKind::Replay, consumer("observer")))
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(
            app.dead_events().of("Copyist").replay(PATIENCE).await.expect("others are free"),
            Replay::Done { replayed: 0 }
        );
        audit::until(&app, "pages/Crier", |one| one.replaying).await;
        assert_eq!(app.health().await.replaying, 1);
        hang(&["observer"], &a, 1, false);
        audit::until(&app, "pages/Crier", |one| !one.replaying && one.parked == 0).await;
        assert_eq!(lines("observer", &store, &scribe, &a).await, [1, 2]);
        assert_eq!(of().replay(PATIENCE).await.expect("it is free again"), Replay::Done { replayed: 0 });
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_is_discarded_is_never_handled_and_its_reason_is_kept() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let (a, b) = (page("a"), page("b"));
        for page in [&a, &b] {
            fail(&ROLES, page, 2, true);
        }
        let of_a = write(&scribe, &a, 1..=3).await;
        let of_b = write(&scribe, &b, 1..=2).await;
        at_rest(&app).await;
        for role in ROLES {
            let of = || app.dead_events().of(name(role));
            let reason = format!("it's of no use? \\ \0 é {role}");
            let done = of().discard(of_a[1], reason.clone(), PATIENCE).await.expect("it is asked for");
            assert_eq!(done, Discard::Done);
            match of().discard(of_a[1], "again", PATIENCE).await {
                Err(DeadEventError::NotParked { position, .. }) => assert_eq!(position, of_a[1]),
                other => panic!("{other:?}"),
            }
            assert_eq!(parked(&app, role, &a).await, [(of_a[2], false, 0)], "{role}: the next one waits");
            // With the last one of a key, the key is open.
            of().discard(of_b[1], "of no use either", PATIENCE).await.expect("it is asked for");
            let discarded = of().discarded(9).await.expect("a list");
            let told: Vec<_> = discarded.iter().map(|one| (one.id.position, &*one.reason)).collect();
            assert_eq!(told, [(of_b[1], "of no use either"), (of_a[1], &*reason)], "{role}");
            assert!(discarded[1].error.as_ref().is_some_and(|error| error.contains("line 2")));
            assert!(discarded[1].asked_at <= discarded[1].discarded_at);
        }
        cure(&a);
        cure(&b);
        write(&scribe, &b, [3]).await;
        at_rest(&app).await;
        for role in ROLES {
            assert_eq!(replay(&app, role).await, Replay::Done { replayed: 1 });
            // The observer had sent its command before it failed.
            let handled: &[_] = if role == "observer" { &[1, 2, 3] } else { &[1, 3] };
            assert_eq!(lines(role, &store, &scribe, &a).await, handled, "{role}");
            assert_eq!(lines(role, &store, &scribe, &b).await, handled, "{role}: the key was open");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn many_keys_that_fail_pause_the_consumer_until_it_is_resumed() {
    on_every_store(|store| async move {
        let limit = (3, Duration::from_secs(600));
        let (app, scribe) = start_with(&store, Duration::from_secs(5), limit).await;
        let pages: Vec<_> = (0..6).map(|number| page(&format!("page {number}"))).collect();
        for page in &pages {
            fail(&["projector"], page, 1, true);
            // What waits behind a key is no key more.
            write(&scribe, page, 1..=3).await;
        }
        let is_paused = |one: &evento::consumer::ConsumerStatus| {
            one.state == ConsumerState::Paused
                && one.last_error.as_deref().is_some_and(|error| error.contains("resume"))
        };
        let paused = audit::until(&app, "pages/Copyist", is_paused).await;
        let error = paused.last_error.as_deref().unwrap_or_default();
        assert!(error.contains("3 keys") && error.contains(&pages[3]) && error.contains("line 1"), "{error}");
        assert_eq!(paused.parked, 9, "three pages");
        let health = app.health().await;
        assert!(!health.is_ready() && health.to_string().contains("resume"), "{health}");
        app.shutdown().await.expect("it stops");

        // It stays so, and says why, whoever runs it.
        let (app, scribe) = start_with(&store, Duration::from_secs(5), limit).await;
        let paused = audit::until(&app, "pages/Copyist", |one| is_paused(one) && one.parked == 9).await;
        assert_eq!(paused.last_error.as_deref(), Some(error));
        // What is cured can be replayed while it is paused.
        cure(&pages[0]);
        let of = app.dead_events().of("Copyist").key(format!("Sheet/{}", pages[0]));
        assert_eq!(of.replay(PATIENCE).await.expect("it is asked for"), Replay::Done { replayed: 3 });
        let paused = audit::until(&app, "pages/Copyist", |one| one.parked == 6).await;
        assert_eq!((paused.state, paused.last_error.as_deref()), (ConsumerState::Paused, Some(error)));
        for page in &pages {
            cure(page);
        }
        app.resume("Copyist").await.expect("it is known");
        at_rest(&app).await;
        assert_eq!(replay(&app, "projector").await, Replay::Done { replayed: 6 });
        for page in &pages {
            assert_eq!(lines("projector", &store, &scribe, page).await, [1, 2, 3]);
        }
        audit::until(&app, "pages/Copyist", |one| {
            (one.state, one.parked, &one.last_error) == (ConsumerState::Running, 0, &None)
        })
        .await;
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_event_that_the_code_does_not_know_any_more_stays_and_is_told() {
    on_every_store(|store| async move {
        let (app, scribe) = start(&store).await;
        let a = page("a");
        fail(&["projector"], &a, 1, true);
        let written = write(&scribe, &a, [1]).await;
        at_rest(&app).await;
        cure(&a);
        app.shutdown().await.expect("it stops");
        let later = LaterBundle::builder().shared_store(store.clone()).start().await.expect("it starts");
        let Replay::Failed { replayed: 0, failures } = replay(&later, "projector").await else {
            panic!("nobody takes it")
        };
        assert_eq!((failures[0].position, failures[0].cause), (written[0], ReplayCause::NoHandler));
        let dead = later.dead_events().of("Copyist").inspect(written[0]).await.expect("it is there");
        assert!(dead.error.as_ref().is_some_and(|error| error.contains("`Written`")), "{dead:?}");
        assert_eq!(dead.attempts, 1, "nobody was called");
        later.shutdown().await.expect("it stops");
        let (app, scribe) = start(&store).await;
        assert_eq!(replay(&app, "projector").await, Replay::Done { replayed: 1 });
        assert_eq!(lines("projector", &store, &scribe, &a).await, [1], "the code is back");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_event_that_cannot_be_read_stays_and_is_told() {
    run(async {
        for database in Database::all().await {
            let store = database.open().await;
            let (app, scribe) = start(&store).await;
            let a = page("a");
            fail(&ROLES, &a, 1, true);
            let written = write(&scribe, &a, [1]).await;
            at_rest(&app).await;
            cure(&a);
            let payload = events(&store, "Written").await.remove(0).message.payload;
            for (change, back, cause) in [
                ("payload_version = 7", "payload_version = 1".to_owned(), ReplayCause::Newer),
                ("payload = '{}'", format!("payload = '{payload}'"), ReplayCause::Undecodable),
            ] {
                database
                    .run(&format!("update evento.event set {change} where position = {}", written[0]))
                    .await;
                for role in ROLES {
                    let Replay::Failed { replayed: 0, failures } = replay(&app, role).await else {
                        panic!("{role}: nobody can read it")
                    };
                    assert_eq!((failures[0].position, failures[0].cause), (written[0], cause), "{role}");
                    let dead =
                        app.dead_events().of(name(role)).inspect(written[0]).await.expect("it is there");
                    assert_eq!(dead.error.as_ref(), Some(&failures[0].error), "{role}");
                }
                database
                    .run(&format!("update evento.event set {back} where position = {}", written[0]))
                    .await;
            }
            for role in ROLES {
                assert_eq!(replay(&app, role).await, Replay::Done { replayed: 1 }, "{role}");
                assert_eq!(lines(role, &store, &scribe, &a).await, [1], "{role}");
            }
            app.shutdown().await.expect("it stops");
        }
    });
}

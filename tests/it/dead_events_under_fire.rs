//! Replays while other things happen: live events arrive, another process asks, the owner dies or loses the consumer.

use std::{sync::atomic::Ordering, time::Duration};

use evento::{
    App, Client, Replay,
    prelude::*,
    store::{ReplayCommands, SharedStore},
};
use tokio::task::JoinSet;

use crate::{
    audit,
    checkout::until,
    faulty::Faulty,
    ownership::shared_among,
    pages::{ROLES, Scribe, calls, consumer, cure, fail, hang, hung, lines, page, start, start_with, write},
    stores::{PATIENCE, on_every_store},
};

const NAMES: [(&str, &str); 3] = [("projector", "Copyist"), ("observer", "Crier"), ("saga", "Reading")];
/// A limit that nothing here comes near.
const MANY: (usize, Duration) = (1_000, Duration::from_secs(60));

async fn replay(app: &App, component: &str) -> Replay {
    app.dead_events().of(component).replay(PATIENCE).await.expect("it is asked for")
}

/// Every line was handled once, in order, and cried out once.
async fn is_whole(role: &str, store: &SharedStore, scribe: &Client<Scribe>, page: &str, last: u64) {
    let handled = lines(role, store, scribe, page).await;
    assert_eq!(handled, (1..=last).collect::<Vec<_>>(), "{role} at {page}");
    if role == "observer" {
        for line in 1..=last {
            assert_eq!(calls(page, line), 1, "line {line} of {page}");
        }
    }
}

#[test]
fn live_events_neither_overtake_a_replay_nor_get_lost() {
    const LINES: u64 = 40;
    on_every_store(|store| async move {
        let seed = std::env::var("EVENTO_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        println!("EVENTO_SEED={seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let (app, scribe) = start_with(&store, Duration::from_secs(5), MANY).await;
        let pages: Vec<_> = (0..4).map(|number| page(&format!("page {number}"))).collect();
        for page in &pages {
            for role in ROLES {
                for line in 1..=LINES {
                    // Some fail at once, some behind others.
                    fail(&[role], page, line, random.u8(..10) == 0);
                }
            }
        }
        let mut writing = JoinSet::new();
        for page in pages.clone() {
            let (scribe, mut random) = (scribe.clone(), random.fork());
            writing.spawn(async move {
                for line in 1..=LINES {
                    write(&scribe, &page, [line]).await;
                    for _ in 0..random.u8(..20) {
                        tokio::task::yield_now().await;
                    }
                }
            });
        }
        let mut replays = 0;
        while !writing.is_empty() {
            let at = random.usize(..pages.len());
            let (role, component) = NAMES[random.usize(..NAMES.len())];
            for line in 1..=LINES {
                fail(&[role], &pages[at], line, random.u8(..40) == 0);
            }
            replay(&app, component).await;
            replays += 1;
            while writing.try_join_next().is_some() {}
        }
        for page in &pages {
            cure(page);
        }
        app.wait_for_head(PATIENCE).await.expect("at rest");
        for (role, component) in NAMES {
            let Replay::Done { .. } = replay(&app, component).await else { panic!("everything is cured") };
            for page in &pages {
                is_whole(role, &store, &scribe, page, LINES).await;
            }
        }
        assert!(replays > 0, "there were replays meanwhile");
        let left = app.dead_events().list(None, 9).await.expect("a list");
        assert!(left.is_empty(), "{left:?}");
        for one in app.status().await.expect("a status") {
            assert_eq!((one.parked, &one.last_error), (0, &None), "{}", one.consumer);
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_process_that_does_not_run_the_consumer_asks_and_the_owner_does_it() {
    on_every_store(|store| async move {
        let lease = Duration::from_millis(900);
        let (first, scribe) = start_with(&store, lease, MANY).await;
        let (second, _) = start_with(&store, lease, MANY).await;
        shared_among(&store, 2).await;
        let a = page("a");
        fail(&ROLES, &a, 1, true);
        write(&scribe, &a, 1..=3).await;
        first.wait_for_head(PATIENCE).await.expect("at rest");
        cure(&a);
        for (role, component) in NAMES {
            let status = audit::until(&first, &format!("pages/{component}"), |one| one.owner.is_some()).await;
            let other = if status.is_owned_here { &second } else { &first };
            assert_eq!(replay(other, component).await, Replay::Done { replayed: 3 }, "{role}");
            is_whole(role, &store, &scribe, &a, 3).await;
            for app in [&first, &second] {
                audit::until(app, &format!("pages/{component}"), |one| one.parked == 0 && !one.replaying)
                    .await;
            }
        }
        first.shutdown().await.expect("it stops");
        second.shutdown().await.expect("it stops");
    });
}

/// Puts five lines of a page aside, lets a replay of a role hang at the third, and waits until it does.
async fn hangs_in_a_replay(
    store: &SharedStore,
    app: &App,
    scribe: &Client<Scribe>,
    role: &'static str,
) -> String {
    let page = page(role);
    fail(&[role], &page, 1, true);
    write(scribe, &page, 1..=5).await;
    app.wait_for_head(PATIENCE).await.expect("at rest");
    let dead = store.dead_events(&consumer(role), Position::START, 9).await.expect("a read");
    assert_eq!(dead.len(), 5, "{role}");
    cure(&page);
    hang(&[role], &page, 3, true);
    let component =
        NAMES.iter().find(|(of, _)| *of == role).map(|(_, component)| *component).expect("a role");
    let asked = app.dead_events().of(component).replay(Duration::ZERO).await.expect("it is asked for");
    assert_eq!(asked, Replay::Asked);
    hung(role, &page, 3).await;
    page
}

/// Waits until nothing is asked for, and everything was handled once.
async fn comes_to_its_end(store: &SharedStore, app: &App, scribe: &Client<Scribe>, role: &str, page: &str) {
    let id = consumer(role);
    until("the end of the replay", async || {
        let record = store.consumer(&id).await.expect("a read").expect("a record");
        record.request.is_none()
    })
    .await;
    is_whole(role, store, scribe, page, 5).await;
    let dead = store.dead_events(&id, Position::START, 9).await.expect("a read");
    assert!(dead.is_empty(), "{role}: {dead:?}");
    write(scribe, page, [6]).await;
    app.wait_for_head(PATIENCE).await.expect("at rest");
    is_whole(role, store, scribe, page, 6).await;
}

#[test]
fn a_replay_whose_process_dies_is_ended_by_the_next_one_and_repeats_nothing() {
    on_every_store(|store| async move {
        for role in ROLES {
            // In a file, a handler that holds the transaction may take a third of the lease.
            let lease = if store.waits_for_transactions() { 4_000 } else { 1_000 };
            let (dying, scribe) = start_with(&store, Duration::from_millis(lease), MANY).await;
            let page = hangs_in_a_replay(&store, &dying, &scribe, role).await;
            drop(dying);
            let dead = store.dead_events(&consumer(role), Position::START, 9).await.expect("a read");
            assert_eq!(dead.len(), 3, "{role}: what was done is done");
            hang(&[role], &page, 3, false);
            let (heir, scribe) = start(&store).await;
            comes_to_its_end(&store, &heir, &scribe, role, &page).await;
            heir.shutdown().await.expect("it stops");
        }
    });
}

#[test]
fn a_replay_goes_on_where_the_store_could_not_be_reached() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let (app, scribe) = start_with(&faulty, Duration::from_secs(6), MANY).await;
        for role in ROLES {
            let page = hangs_in_a_replay(&store, &app, &scribe, role).await;
            // The replay may be interrupted in the middle of an event, or between two.
            let refused = || faults.refused.load(Ordering::Relaxed);
            faults.is_unreachable.store(true, Ordering::Relaxed);
            let before = refused();
            hang(&[role], &page, 3, false);
            until("a replay that is interrupted", async || refused() > before).await;
            faults.is_unreachable.store(false, Ordering::Relaxed);
            comes_to_its_end(&store, &app, &scribe, role, &page).await;
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_replay_whose_owner_loses_the_consumer_repeats_nothing() {
    on_every_store(|store| async move {
        let (app, scribe) = start_with(&store, Duration::from_secs(6), MANY).await;
        for role in ROLES {
            let page = hangs_in_a_replay(&store, &app, &scribe, role).await;
            let id = consumer(role);
            // A file has one writer: nobody can take a consumer away while its transaction is open.
            if !(role == "projector" && store.waits_for_transactions()) {
                let record = store.consumer(&id).await.expect("a read").expect("a record");
                assert!(
                    store.reset(&id, record.checkpoint, ReplayCommands::Suppressed).await.expect("a reset")
                );
            }
            hang(&[role], &page, 3, false);
            comes_to_its_end(&store, &app, &scribe, role, &page).await;
        }
        app.shutdown().await.expect("it stops");
    });
}

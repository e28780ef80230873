//! Mistakes of those who stop, whether they were asked to or not.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::prelude::*;
use tokio::sync::Semaphore;

use crate::{
    faulty::{Faults, Faulty},
    mistakes::pads::{Ear, Heard, desk, ears, jot, leased, listener},
    pages::{ROLES, consumer, cure, hang, hung, lines, page, start_with, write},
    stores::{PATIENCE, comes, eventually, on_every_store},
};

/// Whoever is asked to stop does so in the middle of what he is doing, which is then done twice.
#[test]
fn work_that_is_not_drained_at_shutdown() {
    on_every_store(|store| async move {
        let (heard, gate) = (Heard::default(), Arc::new(Semaphore::new(0)));
        let (noting, closed) = (heard.clone(), gate.clone());
        let slow = Ear::new(move |note| {
            let (noting, closed) = (noting.clone(), closed.clone());
            async move {
                noting.push(&note.text);
                closed.acquire().await.expect("never closed").forget();
                Ok(())
            }
        });
        let (app, writer) = ears(&store, &slow).await;
        writer.jot("a".into(), vec!["one".into(), "two".into()]).await.expect("it is accepted");
        eventually("the work", async || heard.count("one") == 1).await;
        let (stopped, ()) = tokio::join!(app.shutdown(), async { gate.add_permits(1) });
        stopped.expect("it ends what it has begun");
        assert_eq!(heard.all(), ["one"], "and begins nothing more");
        let (app, _) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        app.wait_for_head(PATIENCE).await.expect("the rest is handled");
        assert_eq!(heard.all(), ["one", "two"], "nothing is done twice");
        app.shutdown().await.expect("it stops");
    });
}

/// What is interrupted by the end of a process counts as failed.
#[test]
fn a_shutdown_that_dead_letters_what_it_interrupts() {
    on_every_store(|store| async move {
        for role in ROLES {
            let (app, scribe) = start_with(&store, Duration::from_secs(15), (1, PATIENCE)).await;
            let a = page(role);
            hang(&[role], &a, 1, true);
            write(&scribe, &a, [1]).await;
            hung(role, &a, 1).await;
            let stopped = app.shutdown_within(Duration::from_millis(50)).await.expect_err("it hangs");
            assert!(stopped.consumers > 0, "{role}: {stopped}");
            let dead = store.dead_events(&consumer(role), Position::START, 9).await.expect("a read");
            assert!(dead.is_empty(), "{role}: {dead:?}");
            cure(&a);
            let (app, scribe) = start_with(&store, Duration::from_secs(15), (1, PATIENCE)).await;
            write(&scribe, &a, [2]).await;
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            assert_eq!(lines(role, &store, &scribe, &a).await, [1, 2], "{role}");
            let status = app.status().await.expect("a status");
            assert!(status.iter().all(|one| one.parked == 0 && one.last_error.is_none()), "{status:?}");
            app.shutdown().await.expect("it stops");
        }
    });
}

/// The position of the note that is lost on the way: behind the two events that the pad begins with.
const NEXT: Position = Position(3);

fn lose(faults: &Faults, position: Option<Position>) {
    *faults.loses.lock().expect("not poisoned") = position;
}

/// What is wrong, and whether it has to be mended by somebody. What has not, strikes once.
type Fault = (&'static str, fn(&Faults, bool), bool);

const FAULTS: [Fault; 6] = [
    ("an event is lost on the way", |faults, is| lose(faults, is.then_some(NEXT)), true),
    ("the store cannot be reached", |faults, is| faults.is_unreachable.store(is, Ordering::Relaxed), true),
    ("no heartbeat is heard", |faults, is| faults.refuses_heartbeats.store(is, Ordering::Relaxed), true),
    (
        "it looks as if somebody else had it",
        |faults, is| faults.says_fenced.store(is, Ordering::Relaxed),
        false,
    ),
    (
        "the task panics",
        |faults, is| {
            faults.says_fenced.store(is, Ordering::Relaxed);
            faults.panics_reading.store(u32::from(is), Ordering::Relaxed);
        },
        false,
    ),
    (
        "it was taken away, and nobody may have it",
        |faults, is| {
            faults.says_fenced.store(is, Ordering::Relaxed);
            faults.refuses_claims.store(is, Ordering::Relaxed);
        },
        true,
    ),
];

fn has_struck(faults: &Faults) -> bool {
    !faults.says_fenced.load(Ordering::Relaxed) && faults.panics_reading.load(Ordering::Relaxed) == 0
}

/// A consumer comes to a stop without an error, and stays so: whatever happens, it goes on by itself, or somebody can tell; and when
/// that is mended, it goes on without a restart.
#[test]
fn a_subscription_that_stops_without_an_error() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let (others, writer) = desk(&store).await;
        jot(&writer, "a", "before").await;
        let heard = Heard::default();
        let (app, _) = leased(&faulty, &Ear::noting(&heard, |_| Ok(())), Duration::from_millis(600)).await;
        app.wait_for_head(PATIENCE).await.expect("it begins behind that");
        for (number, (what, fault, is_told)) in FAULTS.into_iter().enumerate() {
            fault(&faults, true);
            let text = number.to_string();
            jot(&writer, "a", &text).await;
            let mut health = None;
            let ends = comes(async || {
                let now = app.health().await;
                let is_ready = now.is_ready();
                health = Some(now);
                if is_told {
                    // Who has nothing to do is well.
                    jot(&writer, "a", "more").await;
                    return !is_ready;
                }
                has_struck(&faults) && heard.count(&text) > 0
            });
            let wanted = if is_told { "told" } else { "over, and the note heard" };
            assert!(ends.await, "{what}: it must be {wanted} in time, but {health:?}");
            fault(&faults, false);
            eventually("the note", async || heard.count(&text) > 0).await;
            eventually("health", async || app.health().await.is_ready()).await;
            app.wait_for_head(PATIENCE).await.unwrap_or_else(|error| panic!("after {what}: {error}"));
            let status = app.status().await.expect("a status");
            assert!(status.iter().all(|one| one.last_error.is_none() && one.lag == 0), "{what}: {status:?}");
        }
        let dead = store.dead_events(&listener(), Position::START, 9).await.expect("a read");
        assert!(dead.is_empty(), "none of that is the fault of an event: {dead:?}");
        app.shutdown().await.expect("it stops");
        others.shutdown().await.expect("it stops");
    });
}

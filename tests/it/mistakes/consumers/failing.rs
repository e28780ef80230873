//! Mistakes with events that fail, and with telling of it.

use std::{sync::Arc, time::Duration};

use evento::{
    App, Transient, Unready, WaitError, consumer::ConsumerState, memory::MemoryStore, prelude::*,
    store::SharedStore,
};
use tokio::sync::Semaphore;

use crate::{
    audit::until,
    desk::{Behaviour, Desk, DeskBundle, Mode},
    domain::start,
    mistakes::pads::{Ear, Heard, Plainly, Writer, ears, jot, listener},
    stores::{PATIENCE, eventually, mysql_with, on_every_store, postgres_with, run},
};

/// Whoever tries for ever, unless told otherwise, is stopped by one event, and nobody notices.
#[test]
fn one_poison_event_stops_the_consumer() {
    run(async {
        let heard = Heard::default();
        let ear = Ear::noting(&heard, |text| if text == "poison" { Err(Error::msg("no")) } else { Ok(()) });
        let builder = Plainly::builder().state_store(MemoryStore::new()).provide(ear);
        let app = builder.start().await.expect("it starts");
        let writer = app.invoker::<Writer>();
        jot(&writer, "a", "poison").await;
        jot(&writer, "a", "behind it").await;
        jot(&writer, "b", "good").await;
        app.wait_for_head(PATIENCE).await.expect("nobody is stopped");
        assert_eq!(heard.count("poison"), 6, "one attempt, and five more");
        assert_eq!((heard.count("behind it"), heard.count("good")), (0, 1));
        let status = until(&app, "plainly/Plain", |one| one.parked == 2).await;
        assert_eq!(status.last_error.as_deref(), Some("no"), "somebody can notice");
        let health = app.health().await;
        assert!(health.parked == 2 && health.to_string().contains("2 events are put aside"), "{health}");
        app.shutdown().await.expect("it stops");
    });
}

/// Whoever waits for his next attempt holds what others need: a connection, the writer of a file, a place among those in flight.
#[test]
fn shared_permits_held_while_waiting() {
    async fn nobody_is_held_up(store: SharedStore) {
        let behaviour = Behaviour::default();
        behaviour.set("projector", Mode::FailTransiently, u32::MAX);
        let builder = DeskBundle::builder().shared_store(store.clone()).provide(behaviour.clone());
        let app = builder.in_flight(1, 100).start().await.expect("it starts");
        let desk = app.invoker::<Desk>();
        desk.place("first".into(), None).await.expect("it is accepted");
        until(&app, "desk/Rows", |one| one.state == ConsumerState::Failing).await;
        for number in 0..20 {
            desk.place(number.to_string(), Some(number)).await.expect("it is accepted");
        }
        for others in ["desk/Watcher", "desk/Delivery"] {
            until(&app, others, |one| one.state == ConsumerState::Running && one.lag == 0).await;
        }
        let waits = until(&app, "desk/Rows", |one| one.lag >= 21).await;
        assert_eq!((waits.state, waits.parked), (ConsumerState::Failing, 0));
        behaviour.set("projector", Mode::Well, 0);
        app.wait_for_head(PATIENCE).await.expect("it is cured");
        app.shutdown().await.expect("it stops");
    }
    on_every_store(nobody_is_held_up);
    run(async {
        nobody_is_held_up(Arc::new(postgres_with(|options| options.connections(2)).await)).await;
        nobody_is_held_up(Arc::new(mysql_with(|options| options.connections(2)).await)).await;
    });
}

/// Whether it is worth while to try again is read from the words of an error.
#[test]
fn transient_or_permanent_by_the_words_of_the_error() {
    on_every_store(|store| async move {
        let heard = Heard::default();
        let attempts = heard.clone();
        let ear = Ear::noting(&heard, move |text| match text {
            "passes" if attempts.count("passes") < 4 => {
                Err(Transient::new(std::io::Error::other("invalid input, which is permanent")).into())
            }
            "passes" => Ok(()),
            words => Err(Error::msg(words.to_owned())),
        });
        let (app, writer) = ears(&store, &ear).await;
        let words =
            ["operation timed out", "connection refused", "deadlock detected, try again", "transient"];
        for (pad, words) in words.iter().enumerate() {
            jot(&writer, &pad.to_string(), words).await;
        }
        jot(&writer, "of a type", "passes").await;
        app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        for words in words {
            assert_eq!(heard.count(words), 1, "{words}: nothing but its type makes an error one that passes");
        }
        assert_eq!(heard.count("passes"), 4);
        let dead = store.dead_events(&listener(), Position::START, 9).await.expect("a read");
        let errors: Vec<_> = dead.iter().filter_map(|dead| dead.error.as_deref()).collect();
        assert_eq!(errors, words);
        app.shutdown().await.expect("it stops");
    });
}

/// What failed is forgotten as soon as something else succeeds.
#[test]
fn error_state_wiped_by_the_next_success() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        for account in ["bad", "good"] {
            running.bank.open(account.into()).await.expect("it opens");
        }
        running.sabotage.fail("bad", u32::MAX);
        for account in ["bad", "good", "good"] {
            running.bank.deposit(account.into(), 1).await.expect("it is accepted");
        }
        running.app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        let is_told = |one: &evento::consumer::ConsumerStatus| {
            one.parked == 1 && one.last_error.as_deref() == Some("sabotage")
        };
        until(&running.app, "bank/Accounts", is_told).await;
        running.app.shutdown().await.expect("everything comes to rest");
        let running = start(&store).await;
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        until(&running.app, "bank/Accounts", is_told).await;
        running.app.shutdown().await.expect("everything comes to rest");
    });
}

/// Whoever asks whether everything is handled is told so.
async fn says_that_it_is_behind(app: &App, at: Position, states: &[ConsumerState]) {
    match app.wait_for_head(Duration::from_millis(50)).await {
        Err(WaitError::Behind { position, head, state, .. }) => {
            assert!(position < at && head >= at && states.contains(&state), "{position} of {head}: {state:?}")
        }
        other => panic!("nobody has handled {at}, but: {other:?}"),
    }
    let status = until(app, "ears/Listener", |one| one.lag > 0 && !one.lag_time.is_zero()).await;
    assert!(status.position < at && states.contains(&status.state), "{status:?}");
}

/// Whoever is paused says that it has everything.
#[test]
fn head_reported_as_reached_by_who_is_paused() {
    on_every_store(|store| async move {
        let heard = Heard::default();
        let (app, writer) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        jot(&writer, "a", "before").await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.pause("Listener").await.expect("it is known");
        until(&app, "ears/Listener", |one| one.state == ConsumerState::Paused).await;
        let at = jot(&writer, "a", "meanwhile").await.position().expect("an event");
        says_that_it_is_behind(&app, at, &[ConsumerState::Paused]).await;
        let health = app.health().await;
        let is_paused =
            |reason: &Unready| matches!(reason, Unready::Consumer { state: ConsumerState::Paused, .. });
        assert!(health.reasons.iter().any(is_paused), "{health}");
        assert_eq!(heard.all(), ["before"]);
        app.resume("Listener").await.expect("it is known");
        assert!(app.wait_for_head(PATIENCE).await.expect("everything is handled") >= at);
        assert_eq!(heard.all(), ["before", "meanwhile"]);
        app.shutdown().await.expect("it stops");
    });
}

/// Whoever has read everything, and has not handled it yet, says that it has everything.
#[test]
fn head_reported_as_reached_by_who_is_saturated() {
    on_every_store(|store| async move {
        let (heard, gate) = (Heard::default(), Arc::new(Semaphore::new(0)));
        let (noting, opened) = (heard.clone(), gate.clone());
        let ear = Ear::new(move |note| {
            let (noting, opened) = (noting.clone(), opened.clone());
            async move {
                opened.acquire().await.expect("never closed").forget();
                noting.push(&note.text);
                Ok(())
            }
        });
        let (app, writer) = ears(&store, &ear).await;
        let texts: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        let receipt = writer.jot("a".into(), texts.clone()).await.expect("it is accepted");
        let first = receipt.events()[1].position;
        let working = [ConsumerState::CatchingUp, ConsumerState::Running];
        until(&app, "ears/Listener", |one| working.contains(&one.state)).await;
        says_that_it_is_behind(&app, first, &working).await;
        gate.add_permits(99);
        eventually("all but one", async || heard.all().len() == 99).await;
        let last = receipt.events().last().expect("an event").position;
        says_that_it_is_behind(&app, last, &working).await;
        gate.add_permits(1);
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(heard.all(), texts);
        app.shutdown().await.expect("it stops");
    });
}

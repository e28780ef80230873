//! Mistakes with what is read of the log, and when.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use evento::{
    prelude::*,
    store::{ReplayCommands, SharedStore},
};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    audit::until,
    consumers::projector,
    domain::{Accounts, Bank, BankBundle, Outside, Sabotage},
    faulty::Faulty,
    mistakes::pads::{Ear, Ears, Heard, LONG, Listener, Writer, desk, ears, jot},
    shelves::{self, first::Library},
    stores::{PATIENCE, eventually, on_every_store},
};

/// A watermark stands before a number that never comes: of an event that is filtered out, of another context, or that was rolled back.
#[test]
fn a_watermark_that_waits_for_the_next_number() {
    on_every_store(|store| async move {
        let heard = Heard::default();
        let builder = Ears::builder().shared_store(store.clone()).provide(Ear::noting(&heard, |_| Ok(())));
        let app = builder.contexts::<Listener>([Context::new("north")]).start().await.expect("it starts");
        let north = app.invoker::<Writer>().in_context(Context::new("north"));
        let south = north.in_context(Context::new("south"));
        // Two processes send the same at the same time, so that the database rolls one of them back.
        let mut processes = Vec::new();
        for _ in 0..3 {
            processes.push(desk(&store).await);
        }
        let mut writing = JoinSet::new();
        for (process, (_, writer)) in processes.iter().enumerate() {
            let [north, other] =
                [writer, &processes[(process + 1) % 3].1].map(|one| one.in_context(Context::new("north")));
            let (south, pad) = (writer.in_context(Context::new("south")), format!("pad {process}"));
            writing.spawn(async move {
                for number in 0..10 {
                    south.jot(pad.clone(), vec!["elsewhere".into()]).await.expect("it is accepted");
                    north.doodle(pad.clone(), 2).await.expect("it is accepted");
                    north.doodle("never begun".into(), 1).await.expect_err("there is no such pad");
                    let text = format!("{process} {number}");
                    let [one, two] = [&north, &other].map(|one| {
                        let once = one.idempotent(CommandId::from_key(&text));
                        let (pad, text) = (pad.clone(), text.clone());
                        async move { once.jot(pad, vec![text]).await }
                    });
                    let (one, two) = tokio::join!(one, two);
                    one.and(two).expect("both are the same");
                }
            });
        }
        writing.join_all().await;
        south.doodle("pad 0".into(), 5).await.expect("it is accepted");
        let head = app.wait_for_head(PATIENCE).await.expect("it waits for nothing");
        let status = until(&app, "ears/Listener", |one| one.lag == 0).await;
        assert_eq!(status.position, head);
        let (mut all, mut expected) = (heard.all(), Vec::new());
        for process in 0..3 {
            let own: Vec<_> = all.iter().filter(|text| text.starts_with(&format!("{process} "))).collect();
            assert!(own.iter().map(|text| text[2..].parse::<u32>().expect("a number")).is_sorted());
            expected.extend((0..10).map(|number| format!("{process} {number}")));
        }
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected, "each once");
        for (process, _) in processes {
            process.shutdown().await.expect("it stops");
        }
        app.shutdown().await.expect("it stops");
    });
}

/// Whoever is new begins at the head that there is when he gets to it, which is later than when everything went live.
#[test]
fn the_first_events_are_missed_by_who_begins_at_the_head() {
    on_every_store(|store| async move {
        let (other, writer) = desk(&store).await;
        let (pace, written) = (Arc::new(Semaphore::new(0)), Heard::default());
        let writing = tokio::spawn({
            let (pace, written) = (pace.clone(), written.clone());
            async move {
                for number in 0.. {
                    let Ok(permit) = pace.acquire().await else { break };
                    permit.forget();
                    jot(&writer, "a", &number.to_string()).await;
                    written.push(&number.to_string());
                }
            }
        });
        pace.add_permits(5);
        eventually("a past", async || written.all().len() == 5).await;
        // It begins while others write, and for some time nobody runs it.
        let (faulty, faults) = Faulty::around(&store);
        faults.refuses_claims.store(true, Ordering::Relaxed);
        let heard = Heard::default();
        pace.add_permits(50);
        let (app, _) = ears(&faulty, &Ear::noting(&heard, |_| Ok(()))).await;
        let live = written.all().len();
        eventually("notes that nobody hears", async || {
            pace.add_permits(1);
            written.all().len() > live + 5
        })
        .await;
        pace.close();
        writing.await.expect("no panic");
        assert!(heard.all().is_empty());
        faults.refuses_claims.store(false, Ordering::Relaxed);
        let (second, _) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        second.wait_for_head(PATIENCE).await.expect("everything is handled");
        let (heard, written) = (heard.all(), written.all());
        let missed = written.len() - heard.len();
        assert_eq!(heard, written[missed..], "from the first on, each once");
        // One more may have been on its way when the other process told of it.
        assert!((5..=live + 1).contains(&missed), "{missed} were before {live}");
        for app in [app, second, other] {
            app.shutdown().await.expect("it stops");
        }
    });
}

/// Each consumer has all events come, and throws most of them away.
#[test]
fn every_consumer_fetches_every_event() {
    on_every_store(|store| async move {
        let (other, writer) = desk(&store).await;
        for text in ["one", "two", "three"] {
            jot(&writer, "a", text).await;
            writer.doodle("a".into(), 1_000).await.expect("it is accepted");
        }
        let (heard, (faulty, faults)) = (Heard::default(), Faulty::around(&store));
        let builder = Ears::builder().shared_store(faulty).provide(Ear::noting(&heard, |_| Ok(())));
        // Nobody looks because of the time that has passed.
        let builder = builder.lease(LONG).poll_interval(LONG);
        let app = builder.from_beginning::<Listener>(ReplayCommands::Sent).start().await.expect("it starts");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(heard.all(), ["one", "two", "three"]);
        let (pages, events) = &faults.pages;
        let (pages, events) = (pages.load(Ordering::Relaxed), events.load(Ordering::Relaxed));
        assert!(events < 10, "{events} events came for three");
        assert!(pages < 10, "{pages} pages were read for three events");
        app.shutdown().await.expect("it stops");
        other.shutdown().await.expect("it stops");
    });
}

/// Each event has a commit of its own.
#[test]
fn one_commit_for_each_event() {
    const EVENTS: u32 = 1_000;
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let app = Library::builder().shared_store(faulty).lease(LONG).start().await.expect("it starts");
        let librarian = app.invoker::<shelves::Librarian>();
        librarian.build("a".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.pause("Shelves").await.expect("it is known");
        librarian.fill("a".into(), EVENTS).await.expect("it is accepted");
        faults.steps.note(None);
        app.resume("Shelves").await.expect("it is known");
        app.wait_for_head(2 * PATIENCE).await.expect("everything is handled");
        let commits = faults.steps.count("commit, done");
        assert!((1..=EVENTS as usize / 5).contains(&commits), "{commits} commits for {EVENTS} events");
        let view = librarian.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!(view.books, EVENTS);
        app.shutdown().await.expect("it stops");
    });
}

/// A bank whose notes of new events nobody gets, as behind a pooler that swallows them.
async fn deaf(store: &SharedStore, poll: Duration) -> (evento::App, evento::Client<Bank>) {
    let (faulty, faults) = Faulty::around(store);
    faults.is_silent.store(true, Ordering::Relaxed);
    faults.hides_others.store(true, Ordering::Relaxed);
    let app = BankBundle::builder()
        .shared_store(faulty)
        .provide(Outside::default())
        .provide(Sabotage::default())
        .contexts::<Accounts>([Context::DEFAULT])
        .poll_interval(poll)
        .lease(Duration::from_millis(900))
        .start()
        .await
        .expect("it starts");
    let bank = app.invoker();
    (app, bank)
}

/// A notification counts as delivery, so that whoever does not get it waits for ever.
#[test]
fn a_notification_that_is_trusted_as_delivery() {
    on_every_store(|store| async move {
        let (app, bank) = deaf(&store, Duration::from_millis(20)).await;
        let (other, bank_of_other) = deaf(&store, Duration::from_millis(20)).await;
        for (number, bank) in [&bank, &bank_of_other, &bank].into_iter().enumerate() {
            bank.open(number.to_string()).await.expect("it opens");
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
        }
        // Nobody tells, either, that somebody has gone.
        other.shutdown().await.expect("it stops");
        bank.open("last".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert!(bank.find("last".into()).await.expect("an answer").is_some());
        let id = projector("default");
        let record = store.consumer(&id).await.expect("a read").expect("a record");
        assert!(record.owner.is_some());
        app.shutdown().await.expect("it stops");
    });
}

//! Mistakes of those who remember what they wait for.

use std::sync::atomic::Ordering;

use evento::{
    Orphaning,
    message::{EventMessage, MessageId, StreamId},
    prelude::*,
    serde_json::value::RawValue,
    store::{Append, ConsumerId, Expected, Recording, SharedStore},
};
use tokio::time::Instant;

use crate::{
    checkout::{self, Checkout, WithoutSagas, count, hang, until},
    crashes::{Place, Role},
    databases::Database,
    domain::start,
    faulty::{Faulty, Step},
    mistakes::pads::{Jotted, LONG, Pad, Writer, desk, jot},
    ownership::shared_among,
    sagas::{SAGA, state, states},
    stores::{PATIENCE, eventually, on_every_store, run},
};

fn id() -> ConsumerId {
    ConsumerId { component: SAGA.into(), version: 0, context: "*".into() }
}

/// Of several that an event concerns, it goes to whichever is found first.
#[test]
fn a_lookup_that_takes_any_one_of_several_matches() {
    on_every_store(|store| async move {
        let (app, shop) = checkout::start(&store, &checkout::clock()).await;
        for (order, customer) in [("a", 7), ("b", 7), ("c", 70), ("d", 7)] {
            shop.order(order.into(), customer).await.expect("it is accepted");
        }
        let called = shop.call(Some(7)).await.expect("it is accepted").events()[0].position;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(
            states(&store).await,
            [state("a", 7, 1), state("b", 7, 1), state("c", 70, 0), state("d", 7, 1)]
        );
        let found = store.find_sagas(SAGA, "customer", "7").await.expect("a read");
        assert!(found.iter().all(|saga| saga.last_event == called), "{found:?}");
        assert!(found.is_sorted_by_key(|saga| saga.id), "in the order of their ids");
        app.shutdown().await.expect("it stops");
    });
}

/// Whatever is found is gone on with, although code of another version has saved it.
#[test]
fn a_lookup_that_ignores_the_version_of_the_saga() {
    run(async {
        for db in Database::all().await {
            let store = db.open().await;
            let (app, shop) = checkout::start(&store, &checkout::clock()).await;
            for order in ["other", "own"] {
                shop.order(order.into(), 1).await.expect("it is accepted");
            }
            app.wait_for_head(PATIENCE).await.expect("at rest");
            let own = store.find_sagas(SAGA, "order", "own").await.expect("a read")[0].id;
            db.run(&format!("update evento.saga set code_version = 9 where saga = '{SAGA}'")).await;
            shop.escalate("other".into()).await.expect("it is accepted");
            app.wait_for_head(PATIENCE).await.expect("nobody is held up");
            let dead = store.dead_events(&id(), Position::START, 9).await.expect("a read");
            assert_eq!(dead.len(), 1, "{dead:?}");
            let error = dead[0].error.as_deref().expect("the reason");
            assert!(error.contains("version 9") && error.contains("does not adopt"), "{error}");
            assert_eq!(count(&store, "Mailed", "escalated").await, 0, "its handler was not called");
            db.run(&format!("update evento.saga set code_version = 1 where saga = '{SAGA}'")).await;
            shop.escalate("own".into()).await.expect("it is accepted");
            app.wait_for_head(PATIENCE).await.expect("nobody is held up");
            let live = store.load_saga(SAGA, own).await.expect("a read").expect("it lives");
            assert_eq!(live.state.get(), state("own", 1, 1));
            app.shutdown().await.expect("it stops");
        }
    });
}

/// The value is taken for text, so that a number never matches; and where there is none, the consumer falls over.
#[test]
fn an_association_that_is_read_as_text_and_must_be_there() {
    on_every_store(|store| async move {
        let (app, shop) = checkout::start(&store, &checkout::clock()).await;
        shop.order("a".into(), u64::MAX).await.expect("it is accepted");
        shop.call(Some(u64::MAX)).await.expect("it is accepted");
        shop.call(None).await.expect("it is accepted");
        shop.call(Some(u64::MAX)).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(states(&store).await, [state("a", u64::MAX, 2)]);
        let status = app.status().await.expect("a status");
        assert!(
            status.iter().all(|one| (one.unmatched, one.parked) == (0, 0)),
            "nobody was named: {status:?}"
        );
        app.shutdown().await.expect("it stops");
    });
}

/// Appends an event as another program may have written it.
async fn forge(store: &SharedStore, name: &'static str, payload: &str) -> Position {
    let (stream, id) = (StreamId::new("Till", name), uuid::Uuid::now_v7());
    let event = EventMessage {
        id: MessageId(id),
        stream: stream.clone(),
        version: 1,
        name: name.into(),
        payload_version: 1,
        correlation_id: MessageId(id),
        causation_id: MessageId(id),
        timestamp: Timestamp::from_millis(1_000_000),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: RawValue::from_string(payload.to_owned()).expect("JSON"),
    };
    let append = Append {
        stream,
        expected: Expected::Any,
        command: CommandId(id),
        recording: Recording { name: "Forge".into(), digest: 0, cause: None, at: Timestamp::from_millis(0) },
        events: vec![event],
        closes: false,
    };
    store.append(append, Instant::now() + PATIENCE).await.expect("the store takes it").first
}

/// An event of another program has no association, or an empty one, or one of another type.
#[test]
fn an_association_that_is_null_or_missing() {
    on_every_store(|store| async move {
        let (app, shop) = checkout::start(&store, &checkout::clock()).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        // Where the code allows that there is none, such an event concerns nobody.
        for payload in [r#"{"customer":null}"#, "{}"] {
            forge(&store, "Called", payload).await;
        }
        // Where it does not, nobody can say whom it concerns.
        let mut odd = Vec::new();
        for payload in [r#"{"order":"b","customer":null}"#, r#"{"order":"b"}"#, r#"{"order":1,"customer":1}"#]
        {
            odd.push(forge(&store, "Ordered", payload).await);
        }
        shop.call(Some(1)).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        assert_eq!(states(&store).await, [state("a", 1, 1)]);
        for saga in [SAGA, "checkout/Loyalty"] {
            let parked = app.dead_events().of(saga).list(None, 9).await.expect("a list");
            let positions: Vec<_> = parked.iter().map(|dead| dead.id.position).collect();
            assert_eq!(positions, odd, "{saga}: what cannot be read is kept");
            for dead in &parked {
                let error = dead.error.as_deref().expect("the reason");
                assert!(error.contains("Ordered"), "it names what cannot be read: {error}");
                assert_eq!(dead.attempts, 1, "another attempt would be in vain");
            }
        }
        app.shutdown().await.expect("it stops");
    });
}

/// Found by the second word of a note, which it must have, and kept under a word that must not be silly.
#[saga_state]
pub struct Picky {
    #[association]
    pub word: Word,
}

/// A word that cannot be shown when it is silly.
#[derive(Clone, Debug, PartialEq, Eq, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub struct Word(String);

impl Word {
    fn new(word: &str) -> Self {
        Self(word.to_owned())
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert_ne!(self.0, "silly", "a word that cannot be shown");
        f.write_str(&self.0)
    }
}

#[saga(version = 1)]
impl Picky {
    #[saga_event_handler(association(word = event.text.split(' ').nth(1).map(Word::new).expect("two words")))]
    async fn begun(event: &Jotted) -> Self {
        // The last word counts, if there is a third one.
        Self { word: event.text.split(' ').next_back().map(Word::new).expect("a word") }
    }
}

bundle! { pub PickyBundle { id: "picky", version: 1, components: [Pad, Writer, Picky] } }

/// What says whom an event concerns falls over, and the consumer with it, for ever.
#[test]
fn a_missing_association_that_crashes_the_consumer() {
    on_every_store(|store| async move {
        let app = PickyBundle::builder().shared_store(store.clone()).start().await.expect("it starts");
        let writer = app.invoker::<Writer>();
        for text in ["one", "two words", "silly silly", "and three silly", "five other more"] {
            jot(&writer, "a", text).await;
        }
        app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        let live = store.list_sagas("picky/Picky", None, 9).await.expect("a read");
        let mut words: Vec<_> = live.iter().map(|saga| saga.associations[0].1.as_str()).collect();
        words.sort_unstable();
        assert_eq!(words, ["more", "words"]);
        let dead = app.dead_events().of("Picky").list(None, 9).await.expect("a list");
        let errors: Vec<_> = dead.iter().map(|dead| dead.error.as_deref().expect("a reason")).collect();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].contains("`word` panicked") && errors[0].contains("two words"), "{}", errors[0]);
        assert!(
            errors[1..].iter().all(|error| error.contains("panicked: ") && error.contains("cannot be shown")),
            "{errors:?}"
        );
        assert!(dead.iter().all(|dead| dead.attempts == 1), "{dead:?}");
        app.shutdown().await.expect("it stops");
    });
}

/// The state is saved and the place in the log is not: the handler runs again, on the changed state.
#[test]
fn a_state_that_is_saved_without_its_checkpoint() {
    run(async {
        for db in Database::all().await {
            let mut place = Place::new(db, Role::Saga).await;
            for (step, time, saved) in [
                ("put_saga, done", 2, 1),
                ("put_timer, done", 1, 1),
                ("commit", 2, 1),
                ("commit, done", 2, 2),
            ] {
                let case = place.begin().await;
                place.dies_at(&case, step, time);
                let saga = place.role.consumer().component;
                let live = place.store.find_sagas(&saga, "errand", &case.errand).await;
                let live = live.expect("a read").remove(0);
                assert!(live.state.get().contains(&format!(r#""steps":{saved}"#)), "{step}: {live:?}");
                place.bury().await;
                place.go_on().await;
                // What it was at the end is what each handler found.
                assert_eq!(case.count("after 2 steps"), 1, "{step}: {:?}", case.lines());
                assert_eq!(case.count("continued"), 3 - saved, "{step}: {:?}", case.lines());
            }
            place.close().await;
        }
    });
}

/// A command is sent and the state is not saved: the command is sent again.
#[test]
fn a_command_that_is_sent_again_because_the_state_was_not_saved() {
    on_every_store(|store| async move {
        let order = format!("crash of an event {}", store.describe());
        let (app, shop) = checkout::start(&store, &checkout::clock()).await;
        shop.order(order.clone(), 1).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        hang(&order, true);
        shop.escalate(order.clone()).await.expect("it is accepted");
        until("the mail", async || count(&store, "Mailed", "escalated").await == 1).await;
        drop(app);
        hang(&order, false);
        for _ in 0..2 {
            let (app, _shop) = checkout::start(&store, &checkout::clock()).await;
            app.wait_for_head(PATIENCE).await.expect("at rest");
            app.shutdown().await.expect("it stops");
        }
        assert_eq!(states(&store).await, [state(&order, 1, 1)], "the handler saw the state of before");
        assert_eq!(count(&store, "Mailed", "escalated").await, 1);
    });
}

/// What is left of sagas whose code is gone is on no list.
#[test]
fn orphan_sagas_that_nobody_lists() {
    on_every_store(|store| async move {
        let clock = checkout::clock();
        let (app, shop) = checkout::start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert!(app.orphaned_sagas().await.expect("a list").is_empty());
        app.shutdown().await.expect("it stops");
        // Another bundle's are none of its business.
        let bank = start(&store).await;
        assert!(bank.app.orphaned_sagas().await.expect("a list").is_empty());
        bank.app.shutdown().await.expect("it stops");

        let app = WithoutSagas::builder().shared_store(store.clone()).start().await.expect("it starts");
        let orphans = app.orphaned_sagas().await.expect("a list");
        let found: Vec<_> =
            orphans.iter().map(|one| (one.saga.as_str(), one.version, one.live, one.reason)).collect();
        assert_eq!(
            found,
            [(SAGA, 1, 1, Orphaning::CodeIsGone), ("checkout/Loyalty", 1, 1, Orphaning::CodeIsGone)]
        );
        let listed = app.sagas_called(SAGA).list(None, 9).await.expect("a page");
        assert_eq!(listed[0].state.get(), state("a", 1, 0));
        app.shutdown().await.expect("it stops");

        let builder = checkout::CheckoutBundle::builder().shared_store(store.clone()).clock(clock);
        let app = builder.contexts::<Checkout>([Context::new("north")]).start().await.expect("it starts");
        let orphans = app.orphaned_sagas().await.expect("a list");
        assert_eq!((orphans.len(), orphans[0].reason), (1, Orphaning::OtherContexts), "{orphans:?}");
        app.shutdown().await.expect("it stops");
    });
}

/// What was written on a pad, found by the pad and by the last note.
#[saga_state]
pub struct Thread {
    #[association]
    pub pad: String,
    #[association]
    pub last: String,
    pub notes: Vec<String>,
}

#[saga(version = 1)]
impl Thread {
    #[saga_event_handler(association = "pad", retry = 0)]
    async fn begun(event: &Jotted) -> Self {
        Self { pad: event.pad.clone(), last: event.text.clone(), notes: vec![event.text.clone()] }
    }

    #[saga_event_handler(association = "pad", retry = 0)]
    async fn went_on(&mut self, event: &Jotted) {
        self.last = event.text.clone();
        self.notes.push(event.text.clone());
    }
}

bundle! { pub Threads { id: "threads", version: 1, components: [Pad, Writer, Thread] } }

/// Two nodes handle one saga, and what one of them saves is lost by the other.
#[test]
fn associations_that_are_lost_when_two_nodes_handle_one_saga() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        // It finds out by what it does.
        faults.hides_others.store(true, Ordering::Relaxed);
        let first = Threads::builder().shared_store(faulty).lease(LONG).start().await.expect("it starts");
        let (others, writer) = desk(&store).await;
        jot(&writer, "a", "one").await;
        first.wait_for_head(PATIENCE).await.expect("everything is handled");
        faults.steps.note(Some(Step::new("begin", 1)));
        jot(&writer, "a", "two").await;
        faults.steps.stays().await;

        for node in store.nodes().await.expect("a read") {
            store.leave(node.node).await.expect("a write");
        }
        let second =
            Threads::builder().shared_store(store.clone()).lease(LONG).start().await.expect("it starts");
        shared_among(&store, 1).await;
        jot(&writer, "a", "three").await;
        second.wait_for_head(PATIENCE).await.expect("the other one has it");
        let read = || faults.records_read.load(Ordering::Relaxed);
        let had_read = read();
        faults.steps.go_on();
        eventually("a look at who has it", async || read() > had_read).await;

        for (association, value, found) in
            [("pad", "a", 1), ("last", "one", 0), ("last", "two", 0), ("last", "three", 1)]
        {
            let sagas = store.find_sagas("threads/Thread", association, value).await.expect("a read");
            assert_eq!(sagas.len(), found, "{association} {value}: {sagas:?}");
            for saga in sagas {
                assert!(saga.state.get().contains(r#""notes":["one","two","three"]"#), "{saga:?}");
            }
        }
        for app in [first, second, others] {
            app.shutdown().await.expect("it stops");
        }
    });
}

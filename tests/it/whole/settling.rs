//! Coming to rest, and what keeps an application from it.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use evento::{
    consumer::ConsumerState,
    message::StoredEvent,
    prelude::*,
    serde_json,
    store::{LogQuery, log_events},
    testing::{SettleError, TestBundle},
};
use futures_util::TryStreamExt;
use tokio::time::timeout;

use super::lending::*;
use crate::stores::{PATIENCE, on_every_store, run};

/// Long enough for what comes to rest, and short enough to wait for what does not.
const SOON: Duration = Duration::from_millis(300);

async fn log<B: evento::DefinedBundle>(bundle: &TestBundle<B>) -> Vec<StoredEvent> {
    log_events(&**bundle.store(), LogQuery::default()).try_collect().await.expect("the log")
}

#[test]
fn all_consequences_are_there_when_it_is_at_rest() {
    run(async {
        let (bundle, desk, outbox) = lending().await;
        lend(&desk, "atlas").await;
        let head = bundle.settle().await.expect("it comes to rest");
        assert_eq!(head, Position(3), "acquired, lent, and a letter");
        assert_eq!(outbox.letters(), [(bundle.now(), "enjoy atlas".to_owned())]);
        let view = desk.find("atlas".into()).await.expect("an answer").expect("it is there");
        assert_eq!((view.lent_to.as_deref(), view.changed), (Some("ada"), bundle.now()));
        bundle.shutdown().await.expect("it stops");
    });
}

#[test]
fn time_passes_from_deadline_to_deadline() {
    run(async {
        let (bundle, desk, outbox) = lending().await;
        let began = bundle.now();
        lend(&desk, "atlas").await;
        bundle.advance(MAY_BE_KEPT - Duration::from_millis(1)).await.expect("it comes to rest");
        assert_eq!(outbox.letters().len(), 1, "it is too early: {:?}", outbox.letters());
        // The second and the third one are scheduled when the one before is due.
        bundle.advance(Duration::from_millis(1) + 2 * AGAIN).await.expect("it comes to rest");
        let reminders: Vec<_> = outbox.letters().into_iter().skip(1).map(|(at, _)| at).collect();
        let first = began + MAY_BE_KEPT;
        assert_eq!(reminders, [first, first + AGAIN, first + 2 * AGAIN]);
        assert_eq!(bundle.now(), first + 2 * AGAIN);
        desk.take_back("atlas".into()).await.expect("it is taken back");
        bundle.advance(10 * AGAIN).await.expect("it comes to rest");
        assert_eq!(outbox.letters().len(), 4, "nobody is reminded any more: {:?}", outbox.letters());
    });
}

#[derive(Default)]
struct Stuck;

#[observer(version = 1)]
impl Stuck {
    #[event_handler]
    async fn lent(&self, _event: &Lent) -> Result<()> {
        pending().await
    }
}

bundle! { StuckLending { id: "lending", version: 1, components: [Book, Postman, Loan, Stuck, Shelf, Catalogue, Desk] } }

#[test]
fn a_consumer_that_is_stuck_is_named_with_what_it_does_not_come_past() {
    run(async {
        let builder = TestBundle::<StuckLending>::builder().provide(Outbox::default());
        let bundle = builder.start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        let error = bundle.settle().within(SOON).await.expect_err("it does not come to rest");
        let SettleError::NotAtRest { behind, due, in_flight, .. } = &error else { panic!("{error}") };
        assert_eq!((behind.len(), due.len(), *in_flight), (1, 0, 0), "{error}");
        assert_eq!(behind[0].consumer.to_string(), "lending/Stuck");
        assert_eq!(behind[0].next, Some((Position(2), "Lent".to_owned())), "{error}");
        assert!(error.to_string().contains("next is `Lent` at 2"), "{error}");
        bundle.settle().except("Stuck").await.expect("the others come to rest");
        let unknown = bundle.settle().except("Stucc").await.expect_err("there is none");
        assert!(unknown.to_string().contains("`lending/Stuck`"), "{unknown}");
    });
}

#[derive(Clone, Default)]
struct Attempts(Arc<AtomicU32>);

struct Failing(Attempts);

#[observer(version = 1)]
impl Failing {
    #[inject]
    fn new(attempts: Attempts) -> Self {
        Self(attempts)
    }

    // Three attempts that would take minutes by the clock of the machine.
    #[event_handler(retry = 2, retry_delay = 100_000)]
    async fn lent(&self, _event: &Lent) -> Result<()> {
        self.0.0.fetch_add(1, Ordering::Relaxed);
        Err(Error::msg("no paper"))
    }
}

bundle! { FailingLending { id: "lending", version: 1, components: [Book, Postman, Loan, Failing, Shelf, Catalogue, Desk] } }

#[test]
fn an_event_that_is_put_aside_is_told_with_its_error() {
    run(async {
        let attempts = Attempts::default();
        let builder = TestBundle::<FailingLending>::builder().provide(Outbox::default());
        let bundle = builder.provide(attempts.clone()).start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        let error = bundle.settle().await.expect_err("something is put aside");
        let SettleError::Parked(parked) = &error else { panic!("{error}") };
        assert_eq!((parked.len(), parked[0].id.position), (1, Position(2)));
        assert_eq!(attempts.0.load(Ordering::Relaxed), 3, "nobody waits for a clock that stands still");
        let told = error.to_string();
        assert!(told.contains("`lending/Failing`: `Lent` at 2: no paper"), "{told}");
        bundle.settle().parked_allowed().await.expect("all but that is done");
    });
}

#[test]
fn a_consumer_that_is_paused_is_named_unless_it_may_be() {
    run(async {
        let (bundle, desk, outbox) = lending().await;
        bundle.settle().await.expect("it comes to rest");
        bundle.pause("Welcome").await.expect("it is paused");
        let unknown = bundle.pause("Wellcome").await.expect_err("there is none");
        assert!(matches!(unknown, SettleError::Consumer(_)), "{unknown}");
        lend(&desk, "atlas").await;
        // It is told although nobody waits for a long time.
        let error = bundle.settle().within(Duration::from_secs(600)).await.expect_err("it is behind");
        let SettleError::NotAtRest { behind, .. } = &error else { panic!("{error}") };
        assert_eq!(behind[0].state, ConsumerState::Paused, "{error}");
        bundle.advance(MAY_BE_KEPT).except("Welcome").await.expect("the others come to rest");
        assert_eq!(outbox.letters().len(), 1, "the reminder: {:?}", outbox.letters());
        bundle.app().resume("Welcome").await.expect("it goes on");
        bundle.settle().await.expect("it comes to rest");
        assert_eq!(outbox.letters().len(), 2, "{:?}", outbox.letters());
    });
}

#[test]
fn a_consumer_that_is_paused_is_told_whatever_else_goes_on() {
    run(async {
        let builder = TestBundle::<StuckLending>::builder().provide(Outbox::default());
        let bundle = builder.start().await.expect("it starts");
        bundle.pause("Shelf").await.expect("it is paused");
        lend(&bundle.invoker(), "atlas").await;
        let settling = bundle.settle().within(Duration::from_secs(600));
        let error = timeout(PATIENCE, settling).await.expect("it is told at once").expect_err("it is behind");
        let told = error.to_string();
        assert!(told.contains("`lending/Shelf v1` is at 0 of 2 (Paused)"), "{told}");
        assert!(!told.contains("`lending/Stuck`"), "whoever goes on is not what it waits for: {told}");
    });
}

#[test]
fn a_saga_that_is_paused_is_told_when_it_has_nothing_to_do_but_a_deadline() {
    run(async {
        let (bundle, desk, outbox) = lending().await;
        lend(&desk, "atlas").await;
        bundle.settle().await.expect("it comes to rest");
        bundle.pause("Loan").await.expect("it is paused");
        bundle.settle().await.expect("it has nothing to do");
        let advancing = bundle.advance(MAY_BE_KEPT).within(Duration::from_secs(600));
        let error = timeout(PATIENCE, advancing).await.expect("it is told at once").expect_err("it is due");
        let SettleError::NotAtRest { behind, due, .. } = &error else { panic!("{error}") };
        assert_eq!((behind.len(), due.len()), (1, 1), "{error}");
        assert_eq!(behind[0].state, ConsumerState::Paused, "{error}");
        bundle.settle().except("Loan").await.expect("the others come to rest");
        bundle.app().resume("Loan").await.expect("it goes on");
        bundle.settle().await.expect("it comes to rest");
        assert_eq!(outbox.letters().len(), 2, "{:?}", outbox.letters());
    });
}

#[derive(Default)]
struct Writer;

#[invoker]
impl Writer {
    #[invocation_handler]
    pub async fn write(&self, commands: &Commands<SendLetter>) -> Result<Receipt, SendError> {
        commands.send(SendLetter { to: "ada".into(), text: "hello".into() }).await
    }
}

bundle! { Writing { id: "writing", version: 1, components: [Postman, Writer] } }

#[test]
fn a_call_in_flight_is_waited_for() {
    run(async {
        let slow = Slow::default();
        let builder = TestBundle::<Writing>::builder().replace::<Postman, _>(slow.clone());
        let bundle = builder.start().await.expect("it starts");
        let writer = bundle.invoker::<Writer>();
        let writing = tokio::spawn(async move { writer.write().await });
        slow.entered.notified().await;
        let error = bundle.settle().within(SOON).await.expect_err("a letter is on its way");
        assert!(matches!(error, SettleError::NotAtRest { in_flight: 1, .. }), "{error}");
        slow.go.notify_one();
        assert_eq!(bundle.settle().await.expect("it comes to rest"), Position(1));
        writing.await.expect("no panic").expect("it is sent");
    });
}

#[test]
fn the_same_calls_have_the_same_ids() {
    run(async {
        let ids = async |seed| {
            let builder = TestBundle::<Lending>::builder().provide(Outbox::default()).seed(seed);
            let bundle = builder.start().await.expect("it starts");
            let desk = bundle.invoker::<Desk>();
            desk.acquire("atlas".into()).await.expect("it is acquired");
            let log = log(&bundle).await;
            (log[0].message.id, log[0].message.timestamp)
        };
        let first = ids(7).await;
        assert_eq!(first, ids(7).await);
        assert_ne!(first.0, ids(8).await.0);
    });
}

/// What a store remembers of ids must not be taken for what is done next.
#[test]
fn a_bundle_goes_on_on_the_store_of_another_one() {
    on_every_store(|store| async move {
        for (round, book) in ["atlas", "bestiary", "cookbook"].into_iter().enumerate() {
            let outbox = Outbox::default();
            let builder = TestBundle::<Lending>::builder().shared_store(store.clone());
            let bundle = builder.provide(outbox.clone()).start().await.expect("it starts");
            lend(&bundle.invoker(), book).await;
            let head = bundle.settle().await.expect("it comes to rest");
            assert_eq!(head.0, 3 * (round as u64 + 1));
            assert_eq!(outbox.letters().len(), 1, "{:?}", outbox.letters());
            let rows = bundle.replay_equals_live().await.expect("the views are those of the log");
            assert_eq!(rows, round + 1);
            let last = log(&bundle).await.pop().expect("a letter");
            let letter: serde_json::Value = serde_json::from_str(last.message.payload.get()).expect("JSON");
            assert_eq!(letter["text"], format!("enjoy {book}"));
            bundle.shutdown().await.expect("it stops");
        }
    });
}

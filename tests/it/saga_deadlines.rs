//! Deadlines of sagas: they fire once, when the clock says so, whatever happens in between.

use std::{sync::atomic::Ordering, time::Duration};

use evento::{
    App,
    consumer::ConsumerState,
    prelude::*,
    store::{ConsumerId, DeadEvent, ReplayCommands, SharedStore},
};

use crate::{
    checkout::{
        Checkout, CheckoutBundle, Shop, WithoutSagas, clock, count, events, fail, hang, rejected, start,
        until,
    },
    faulty::Faulty,
    ownership::shared_among,
    stores::{PATIENCE, on_every_store},
};

const SAGA: &str = "checkout/Checkout";

/// The keys of the timers that are pending, in the order in which they are due.
async fn pending(store: &SharedStore) -> Vec<String> {
    let timers = store.timers(SAGA, None, 100).await.expect("a read");
    timers.into_iter().map(|timer| timer.key).collect()
}

async fn dead(store: &SharedStore) -> Vec<DeadEvent> {
    let id = ConsumerId { component: SAGA.into(), version: 0, context: "*".into() };
    store.dead_events(&id, Position::START, 100).await.expect("a read")
}

async fn is_live(store: &SharedStore, order: &str) -> bool {
    !store.find_sagas(SAGA, "order", order).await.expect("a read").is_empty()
}

async fn at_rest(app: &App) {
    app.wait_for_head(PATIENCE).await.expect("at rest");
}

#[test]
fn a_deadline_comes_when_the_clock_says_so() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        shop.order("early".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        clock.advance(Duration::from_millis(1));
        shop.order("late".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        assert_eq!(pending(&store).await.len(), 2);
        clock.advance(Duration::from_millis(59_999));
        rejected(&store, "early").await;
        until("the end of the saga", async || !is_live(&store, "early").await).await;
        assert!(is_live(&store, "late").await, "it has a millisecond left");
        assert_eq!(pending(&store).await.len(), 1);
        clock.advance(Duration::from_millis(1));
        rejected(&store, "late").await;
        until("the end of the timers", async || pending(&store).await.is_empty()).await;
        assert_eq!(count(&store, "Rejected", "").await, 2);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_that_was_due_while_nobody_ran_comes_once_after_the_restart() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        app.shutdown().await.expect("it stops");
        clock.advance(Duration::from_secs(3_600));
        for _ in 0..3 {
            let (app, _shop) = start(&store, &clock).await;
            rejected(&store, "a").await;
            until("the end of the saga", async || !is_live(&store, "a").await).await;
            app.shutdown().await.expect("it stops");
        }
        assert_eq!(count(&store, "Rejected", "").await, 1);
        assert!(pending(&store).await.is_empty());
    });
}

#[test]
fn a_deadline_that_is_cancelled_replaced_or_outlived_does_not_come() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        for order in ["waived", "extended", "paid", "barrier"] {
            shop.order(order.into(), 1).await.expect("it is accepted");
        }
        shop.remind("waived".into(), "by key".into(), 60, 1).await.expect("it is accepted");
        shop.remind("paid".into(), "of its own".into(), 60, 1).await.expect("it is accepted");
        at_rest(&app).await;
        assert_eq!(pending(&store).await.len(), 6, "each key of each saga is a timer");
        shop.waive("waived".into(), None).await.expect("it is accepted");
        shop.waive("waived".into(), Some("by key".into())).await.expect("it is accepted");
        shop.waive("waived".into(), Some("unknown".into())).await.expect("it is accepted");
        shop.extend("extended".into(), 90).await.expect("it is accepted");
        shop.pay("paid".into()).await.expect("it is accepted");
        at_rest(&app).await;
        assert_eq!(
            pending(&store).await,
            ["PaymentTimeout", "PaymentTimeout"],
            "the barrier and the extended"
        );

        clock.advance(Duration::from_secs(60));
        rejected(&store, "barrier").await;
        assert_eq!(count(&store, "Rejected", "").await, 1, "nothing else was due");
        clock.advance(Duration::from_secs(30));
        rejected(&store, "extended").await;
        shop.order("last".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        assert_eq!(pending(&store).await.len(), 1);
        clock.advance(Duration::from_secs(3_600));
        rejected(&store, "last").await;
        assert_eq!(count(&store, "Rejected", "").await, 3);
        assert_eq!(count(&store, "Mailed", "").await, 0, "the reminders went with their key and their saga");
        assert!(is_live(&store, "waived").await);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_whose_command_was_sent_before_the_crash_sends_it_once() {
    on_every_store(|store| async move {
        let (clock, order) = (clock(), format!("crash {}", store.describe()));
        let (app, shop) = start(&store, &clock).await;
        shop.order(order.clone(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        hang(&order, true);
        clock.advance(Duration::from_secs(60));
        rejected(&store, &order).await;
        // The process dies between the command and the end of the saga.
        drop(app);
        hang(&order, false);
        assert!(is_live(&store, &order).await, "nothing of it was saved");
        assert_eq!(pending(&store).await, ["PaymentTimeout"]);
        let (app, _shop) = start(&store, &clock).await;
        until("the end of the saga", async || !is_live(&store, &order).await).await;
        assert_eq!(count(&store, "Rejected", "").await, 1, "it was answered with its first outcome");
        assert!(pending(&store).await.is_empty());
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_comes_once_with_two_processes_on_a_store() {
    on_every_store(|store| async move {
        let clock = clock();
        let (first, shop) = start(&store, &clock).await;
        for order in 0..20 {
            shop.order(format!("order {order}"), 1).await.expect("it is accepted");
        }
        at_rest(&first).await;
        let (second, _shop) = start(&store, &clock).await;
        shared_among(&store, 2).await;
        // Both are woken at once, and the one that runs the saga leaves it to the other in the middle of them.
        clock.advance(Duration::from_secs(60));
        let id = ConsumerId { component: SAGA.into(), version: 0, context: "*".into() };
        let status = first.status().await.expect("a status");
        let is_first = status.iter().any(|one| one.consumer == id && one.is_owned_here);
        let (leaving, staying) = if is_first { (first, second) } else { (second, first) };
        until("a rejection", async || count(&store, "Rejected", "").await > 0).await;
        leaving.shutdown().await.expect("it stops");
        until("all rejections", async || count(&store, "Rejected", "").await >= 20).await;
        until("the end of the timers", async || pending(&store).await.is_empty()).await;
        for order in 0..20 {
            assert_eq!(count(&store, "Rejected", &format!("\"order {order}\"")).await, 1);
        }
        let sagas = store.list_sagas(SAGA, None, 100).await.expect("a read");
        assert!(sagas.is_empty(), "every saga has ended");
        staying.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_that_fails_for_good_is_put_aside_with_what_follows_and_blocks_nobody() {
    on_every_store(|store| async move {
        let (clock, order) = (clock(), format!("failing {}", store.describe()));
        let (app, shop) = start(&store, &clock).await;
        fail(&order, true);
        shop.order(order.clone(), 1).await.expect("it is accepted");
        shop.order("other".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        let id = store.find_sagas(SAGA, "order", &order).await.expect("a read")[0].id;
        clock.advance(Duration::from_secs(60));
        rejected(&store, "other").await;
        until("the dead event", async || !dead(&store).await.is_empty()).await;
        let head = store.head().await.expect("the head");
        shop.extend(order.clone(), 3_600).await.expect("it is accepted");
        shop.order("later".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        let parked = dead(&store).await;
        assert_eq!(parked.len(), 2, "{parked:?}");
        let (deadline, event) = (&parked[0], &parked[1]);
        assert_eq!(deadline.timer.as_deref(), Some("PaymentTimeout"), "the entry says that it is a deadline");
        assert_eq!(deadline.error.as_deref(), Some("deadline `PaymentTimeout`: as it was told"));
        assert_eq!((deadline.attempts, deadline.key.clone()), (2, format!("{SAGA} {id}")));
        assert_eq!((event.timer.as_deref(), event.error.as_deref(), &event.key), (None, None, &deadline.key));
        assert!(deadline.position <= head && event.position > head, "in the order in which they came");
        assert!(is_live(&store, &order).await, "the saga waits");
        assert!(pending(&store).await.contains(&"PaymentTimeout".to_owned()), "its timer is not lost");

        // Also after a restart, whoever is due later is not held up.
        app.shutdown().await.expect("it stops");
        clock.advance(Duration::from_secs(60));
        let (app, _shop) = start(&store, &clock).await;
        rejected(&store, "later").await;
        assert_eq!(count(&store, "Rejected", "").await, 2);
        assert_eq!(dead(&store).await.len(), 2, "it is put aside once");
        let status = app.status().await.expect("a status");
        assert!(status.iter().any(|one| one.parked == 2), "{status:?}");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_that_was_put_aside_is_not_looked_at_until_its_key_opens() {
    on_every_store(|store| async move {
        let (clock, order) = (clock(), format!("aside {}", store.describe()));
        let (faulty, faults) = Faulty::around(&store);
        let (app, shop) = start(&faulty, &clock).await;
        fail(&order, true);
        shop.order(order.clone(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        clock.advance(Duration::from_secs(60));
        until("the dead event", async || !dead(&store).await.is_empty()).await;
        shop.call(None).await.expect("it is accepted");
        at_rest(&app).await;
        let looks = || faults.timer_looks.load(Ordering::Relaxed);
        let before = looks();
        for _ in 0..5 {
            shop.call(None).await.expect("it is accepted");
            at_rest(&app).await;
        }
        assert_eq!(looks(), before, "nothing has changed");
        fail(&order, false);
        app.dead_events().of(SAGA).replay(PATIENCE).await.expect("it is asked for");
        rejected(&store, &order).await;
        until("the end of the saga", async || !is_live(&store, &order).await).await;
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_event_that_came_in_time_is_not_overtaken_by_its_deadline() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        for order in ["in time", "too late"] {
            shop.order(order.into(), 1).await.expect("it is accepted");
        }
        at_rest(&app).await;
        app.shutdown().await.expect("it stops");
        // While the saga's consumer is away, one is paid in time and nobody handles it.
        let away = WithoutSagas::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
        let away = away.expect("it starts");
        clock.advance(Duration::from_secs(59));
        away.invoker::<Shop>().pay("in time".into()).await.expect("it is accepted");
        clock.advance(Duration::from_secs(3_600));
        away.invoker::<Shop>().pay("too late".into()).await.expect("it is accepted");
        away.shutdown().await.expect("it stops");
        let (app, _shop) = start(&store, &clock).await;
        until("the end of both", async || store.list_sagas(SAGA, None, 9).await.expect("a read").is_empty())
            .await;
        assert_eq!(count(&store, "Rejected", "in time").await, 0);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_deadline_schedules_the_next_one_and_acts_on_behalf_of_who_scheduled_it() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        shop.waive("a".into(), None).await.expect("it is accepted");
        let shop = shop.with(Metadata::new().with("user", "ada")).in_context(Context::new("north"));
        shop.remind("a".into(), "again".into(), 10, 3).await.expect("it is accepted");
        at_rest(&app).await;
        // Late for all three: each is due when it says, not when it is handled.
        clock.advance(Duration::from_secs(3_600));
        until("three reminders", async || count(&store, "Mailed", "").await == 3).await;
        until("the end of the timers", async || pending(&store).await.is_empty()).await;
        let (mails, wanted) = (events(&store, "Mailed").await, events(&store, "ReminderWanted").await);
        for (number, mail) in mails.iter().enumerate() {
            let text = format!("reminder {} at {}", number + 1, 1_010_000 + 10_000 * number);
            assert!(mail.message.payload.get().contains(&text), "{}", mail.message.payload);
            assert_eq!(mail.message.metadata.get("user"), Some("ada"), "the user is handed on");
            assert_eq!(mail.message.context, Context::new("north"), "the context is handed on");
            assert_eq!(mail.message.correlation_id, wanted[0].message.correlation_id, "one chain");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn deadlines_of_different_contexts_are_apart() {
    on_every_store(|store| async move {
        let clock = clock();
        let builder = CheckoutBundle::builder().shared_store(store.clone()).clock(clock.clone());
        let app = builder.contexts::<Checkout>(["north", "south"].map(Context::new)).start().await;
        let app = app.expect("it starts");
        let shop: evento::Client<Shop> = app.invoker();
        for context in ["north", "south"] {
            let shop = shop.in_context(Context::new(context));
            shop.order(format!("of {context}"), 1).await.expect("it is accepted");
        }
        at_rest(&app).await;
        for context in ["north", "south"] {
            let timers = store.timers(&format!("{SAGA} in {context}"), None, 9).await.expect("a read");
            assert_eq!(timers.len(), 1, "{context}");
        }
        assert_eq!(app.sagas::<Checkout>().list(None, 9).await.expect("a page").len(), 2, "in all contexts");
        clock.advance(Duration::from_secs(60));
        for context in ["north", "south"] {
            rejected(&store, &format!("of {context}")).await;
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn the_pending_deadlines_of_a_saga_are_listed() {
    on_every_store(|store| async move {
        let clock = clock();
        let (app, shop) = start(&store, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        shop.remind("a".into(), "a reminder".into(), 10, 3).await.expect("it is accepted");
        at_rest(&app).await;
        let sagas = app.sagas::<Checkout>();
        let live = sagas.list(None, 9).await.expect("a page");
        let deadlines = sagas.deadlines(&live[0].key).await.expect("its deadlines");
        let listed: Vec<_> = deadlines
            .iter()
            .map(|one| (one.deadline.as_str(), one.key.as_str(), one.due.as_millis(), one.payload.get()))
            .collect();
        let expected = [
            ("PaymentTimeout", "PaymentTimeout", 1_060_000, r#"{"order":"a"}"#),
            ("Reminder", "a reminder", 1_010_000, r#"{"every":10,"times":3}"#),
        ];
        assert_eq!(listed, expected);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_a_deadline_changes_after_its_process_lost_the_consumer_is_not_saved() {
    on_every_store(|store| async move {
        let clock = clock();
        let (faulty, faults) = Faulty::around(&store);
        let (app, shop) = start(&faulty, &clock).await;
        shop.order("a".into(), 1).await.expect("it is accepted");
        at_rest(&app).await;
        let id = ConsumerId { component: SAGA.into(), version: 0, context: "*".into() };
        let record = store.consumer(&id).await.expect("an answer").expect("a record");
        faults.refuses_claims.store(true, Ordering::Relaxed);
        // Somebody takes it away, and it does not come back.
        assert!(store.reset(&id, record.checkpoint, ReplayCommands::Sent).await.expect("a reset"));
        clock.advance(Duration::from_secs(60));
        until("the loss", async || {
            let status = app.status().await.expect("a status");
            status.iter().any(|one| one.consumer == id && one.state == ConsumerState::NotOwned)
        })
        .await;
        assert!(is_live(&store, "a").await, "nothing of what it did was saved");
        assert_eq!(pending(&store).await, ["PaymentTimeout"]);
        app.shutdown().await.expect("it stops");
    });
}

//! Interceptors: their order around every role, retries, roll-back, refusals, metadata, and what they break.

use std::{
    sync::{Arc, Mutex, OnceLock, atomic::Ordering},
    time::Duration,
};

use evento::{
    Client,
    component::ComponentKind,
    interceptor::{Call, Handled, Interceptor, Next, async_trait},
    prelude::*,
    store::{ConsumerId, LogQuery, SharedStore},
};

use crate::{
    gate::{Act, Bailey, Banned, GateBundle, Guard, Guarded, PoorError, Rang, Seen, Trouble, keys, start},
    stores::{PATIENCE, on_every_store},
};

const EVERY_ROLE: [ComponentKind; 7] = [
    ComponentKind::Aggregate,
    ComponentKind::Service,
    ComponentKind::Projector,
    ComponentKind::Projection,
    ComponentKind::Observer,
    ComponentKind::Saga,
    ComponentKind::Invoker,
];

fn consumer(component: &'static str, version: u32) -> ConsumerId {
    ConsumerId { component: component.into(), version, context: "*".into() }
}

/// The errors with which a consumer has put events aside.
async fn parked(store: &SharedStore, consumer: &ConsumerId) -> Vec<String> {
    let dead = store.dead_events(consumer, Position::START, 100).await.expect("a read");
    dead.into_iter().filter_map(|dead| dead.error).collect()
}

fn at(seen: &[Seen], role: ComponentKind) -> Vec<Seen> {
    seen.iter().filter(|seen| seen.role == role).cloned().collect()
}

#[test]
fn the_first_one_is_the_outermost_around_every_role() {
    on_every_store(|store| async move {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (outer, inner) = (Guard::with("outer", &seen), Guard::with("inner", &seen));
        let (app, bailey) = start(&store, &Trouble::default(), &[&outer, &inner]).await;
        bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        bailey.find("north".into()).await.expect("an answer").expect("a row");
        let seen = outer.seen();
        for role in EVERY_ROLE {
            let at = at(&seen, role);
            let message = at.first().unwrap_or_else(|| panic!("nobody was called at a {role:?}")).message;
            let of_one: Vec<_> = at.iter().filter(|seen| seen.message == message).collect();
            let order: Vec<_> = of_one.iter().map(|seen| (seen.by, seen.before)).collect();
            let nested = [("outer", true), ("inner", true), ("inner", false), ("outer", false)];
            assert_eq!(order, nested, "{role:?}");
            assert!(of_one.iter().all(|seen| !seen.failed && seen.attempt == 0), "{of_one:?}");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_interceptor_sees_what_is_called_and_why() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        // Once they have handled something, everybody is at work.
        bailey.enter("south".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        guard.forget();
        let receipt = bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let event = &receipt.events()[0];
        let seen: Vec<_> = guard.seen().into_iter().filter(|seen| seen.before).collect();

        let invocation = &at(&seen, ComponentKind::Invoker)[0];
        assert_eq!((invocation.component, invocation.handler, invocation.payload), ("Bailey", "enter", None));
        assert_eq!((invocation.correlation, invocation.cause), (invocation.message, invocation.message));

        let command = &at(&seen, ComponentKind::Aggregate)[0];
        assert_eq!((command.component, command.handler, command.payload), ("Gate", "next", Some("Enter")));
        assert_eq!(command.message, receipt.command_id().into());
        assert_eq!((command.correlation, command.cause), (invocation.message, invocation.message));
        assert_eq!((command.position, command.replay), (None, None));

        for (role, name, handler) in [
            (ComponentKind::Projector, "Register", "entered"),
            (ComponentKind::Observer, "Porter", "entered"),
            (ComponentKind::Saga, "Visit", "begins"),
        ] {
            let event_seen = &at(&seen, role)[0];
            assert_eq!((event_seen.component, event_seen.handler), (name, handler));
            assert_eq!(event_seen.payload, Some("Entered"));
            assert_eq!((event_seen.message, event_seen.cause), (event.message.id, command.message));
            assert_eq!(event_seen.correlation, invocation.message);
            assert_eq!(event_seen.position, Some(event.position));
            assert_eq!(event_seen.replay, Some(ReplayStatus::Live));
        }
        let rings = at(&seen, ComponentKind::Service);
        assert_eq!(rings.len(), 2, "the porter's and the saga's");
        assert!(rings.iter().all(|ring| ring.correlation == invocation.message), "{rings:?}");
        assert!(rings.iter().all(|ring| ring.cause == event.message.id), "{rings:?}");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn each_attempt_of_a_consumer_goes_through_the_interceptors_anew() {
    on_every_store(|store| async move {
        for role in [ComponentKind::Projector, ComponentKind::Observer, ComponentKind::Saga] {
            let guard = Guard::new("guard");
            guard.tell(role, Act::Refuse, 1);
            guard.tell(role, Act::Object, 1);
            let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
            bailey.enter(format!("{role:?}"), "ada".into()).await.expect("she may");
            app.wait_for_head(PATIENCE).await.expect("the third attempt succeeds");
            let seen = at(&guard.seen(), role);
            let attempts: Vec<_> = seen.iter().map(|seen| (seen.attempt, seen.before, seen.failed)).collect();
            let each = [
                (0, true, false),
                (0, false, true),
                (1, true, false),
                (1, false, true),
                (2, true, false),
                (2, false, false),
            ];
            assert_eq!(attempts, each, "{role:?}");
            app.shutdown().await.expect("it stops");
        }
    });
}

/// Lets somebody else be faster, in the first attempt.
struct Overtaken(Arc<OnceLock<Client<Bailey>>>);

#[async_trait]
impl Interceptor for Overtaken {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        let handled = next.run(call).await?;
        if let (ComponentKind::Aggregate, 0, Some(other)) = (call.role(), call.attempt(), self.0.get()) {
            other.enter("north".into(), "bob".into()).await?;
        }
        Ok(handled)
    }
}

#[test]
fn each_attempt_at_a_command_goes_through_the_interceptors_anew() {
    on_every_store(|store| async move {
        let (guard, other) = (Guard::new("guard"), Arc::new(OnceLock::new()));
        let slow = GateBundle::builder()
            .shared_store(store.clone())
            .provide(Trouble::default())
            .interceptor(guard.clone())
            .interceptor(Overtaken(other.clone()))
            .start()
            .await
            .expect("it starts");
        // A second application on the same log is what another process is.
        let (fast, bailey) = start(&store, &Trouble::default(), &[]).await;
        other.set(bailey).ok().expect("it is set once");
        let receipt = slow.invoker::<Bailey>().enter("north".into(), "ada".into()).await.expect("she may");
        assert_eq!(receipt.events()[0].message.version, 2, "the other one was faster");
        let attempts: Vec<_> = at(&guard.seen(), ComponentKind::Aggregate)
            .iter()
            .map(|seen| (seen.attempt, seen.before))
            .collect();
        assert_eq!(attempts, [(0, true), (0, false), (1, true), (1, false)]);
        drop((slow, fast));
    });
}

#[test]
fn what_a_projector_wrote_is_undone_when_an_interceptor_objects() {
    on_every_store(|store| async move {
        let (guard, trouble) = (Guard::new("guard"), Trouble::default());
        guard.tell(ComponentKind::Projector, Act::Object, 2);
        let (app, bailey) = start(&store, &trouble, &[&guard]).await;
        bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("the third attempt succeeds");
        let visits = bailey.find("north".into()).await.expect("an answer").expect("a row");
        assert_eq!(visits.count, 1, "two of three attempts were undone");
        // The porter is called once.
        assert_eq!(trouble.calls.load(Ordering::Relaxed), 4);

        guard.tell(ComponentKind::Projector, Act::Object, u32::MAX);
        bailey.enter("south".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        assert!(bailey.find("south".into()).await.expect("an answer").is_none(), "nothing is left of it");
        assert_eq!(parked(&store, &consumer("gate/Register", 1)).await, ["the guard says no at entered"]);
        app.shutdown().await.expect("it stops");
    });
}

/// Whoever sends a command says who it is.
struct Users;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{payload}` needs a user")]
struct NoUser {
    payload: &'static str,
}

#[async_trait]
impl Interceptor for Users {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        match call.payload() {
            Some(payload) if call.metadata().get("user").is_none() => Err(NoUser { payload }.into()),
            _ => next.run(call).await,
        }
    }
}

#[test]
fn who_says_not_who_it_is_is_rejected_by_type_and_nothing_is_stored() {
    on_every_store(|store| async move {
        let app = GateBundle::builder()
            .shared_store(store.clone())
            .provide(Trouble::default())
            .interceptor(Users)
            .start()
            .await
            .expect("it starts");
        let nobody = app.invoker::<Bailey>();
        let error = nobody.enter("north".into(), "ada".into()).await.expect_err("who is that?");
        assert_eq!(error.rejected_with(), Some(&NoUser { payload: "Enter" }), "{error}");
        assert_eq!(evento::find(&error.into()), Some(&NoUser { payload: "Enter" }));
        let error = nobody.ring("north".into()).await.expect_err("who is that?");
        assert_eq!(evento::find(&error), Some(&NoUser { payload: "Ring" }), "{error}");
        let error = nobody.find("north".into()).await.expect_err("who is that?");
        assert_eq!(error.failed_with(), Some(&NoUser { payload: "FindVisits" }), "{error}");
        assert_eq!(store.head().await.expect("a head"), Position::START, "nothing was stored");

        let ada = nobody.with(Metadata::new().with("user", "ada"));
        ada.enter("north".into(), "ada".into()).await.expect("she says who she is");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        // What the porter and the saga send inherits the user.
        assert_eq!(store.head().await.expect("a head"), Position(3));
        let visits = ada.find("north".into()).await.expect("an answer");
        assert_eq!(visits.map(|visits| visits.count), Some(1));
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_objection_to_a_decision_stores_nothing_and_is_recorded_for_whoever_repeats_it() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        guard.tell(ComponentKind::Aggregate, Act::Object, 1);
        let error = bailey.enter("north".into(), "ada".into()).await.expect_err("the guard objects");
        // Which of two handlers it is, the state decides.
        assert_eq!(error.rejected_with(), Some(&Guarded { handler: "next" }), "{error}");
        assert_eq!(store.head().await.expect("a head"), Position::START);
        bailey.enter("north".into(), "ada".into()).await.expect("only once");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        guard.tell(ComponentKind::Service, Act::Object, 1);
        bailey.ring("north".into()).await.expect_err("the guard objects");
        assert_eq!(store.head().await.expect("a head"), Position(3), "its events are not stored");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn added_metadata_reaches_the_handler_what_it_sends_and_its_events() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        assert_eq!(bailey.seen().await, ["guard at invoker"]);
        let receipt = bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let decided = ["guard at aggregate", "guard at invoker"];
        let entered = receipt.event::<crate::gate::Entered>().expect("it decodes").expect("an event");
        assert_eq!(entered.seen, decided, "the decision sees it");
        assert_eq!(keys(&receipt.events()[0].message.metadata), decided);

        let log = store.read_log(&LogQuery::default()).await.expect("the log").events;
        assert_eq!(keys(&log[0].message.metadata), decided, "no consumer changes what is stored");
        for event in &log[1..] {
            let rang: Rang = serde_json::from_str(event.message.payload.get()).expect("it decodes");
            let sender = if rang.bell.starts_with("porter") { "observer" } else { "saga" };
            let sender = format!("guard at {sender}");
            let all = ["guard at aggregate", "guard at invoker", &sender, "guard at service"];
            assert_eq!(rang.seen, all, "the service sees what its sender and its own interceptor added");
            assert_eq!(keys(&event.message.metadata), all);
        }
        assert_eq!(log.len(), 3);

        let visits = bailey.find("north".into()).await.expect("an answer").expect("a row");
        assert_eq!(visits.seen, ["guard at aggregate", "guard at invoker", "guard at projector"]);
        let seen = bailey.seen_by_query(false).await.expect("an answer");
        assert_eq!(seen, ["guard at invoker", "guard at projection"]);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_interceptor_may_replace_the_error_of_a_handler() {
    on_every_store(|store| async move {
        let (guard, trouble) = (Guard::new("guard"), Trouble::default());
        let (app, bailey) = start(&store, &trouble, &[&guard]).await;
        let banned = || ("north".to_owned(), "banned".to_owned());

        let error = bailey.enter(banned().0, banned().1).await.expect_err("banned");
        assert_eq!(
            error.rejected_with(),
            Some(&Banned("banned".into())),
            "an error that is left is the same"
        );
        guard.tell(ComponentKind::Aggregate, Act::Replace, 1);
        let error = bailey.enter(banned().0, banned().1).await.expect_err("banned");
        assert_eq!(error.rejected_with(), Some(&Guarded { handler: "next" }));
        assert_eq!(error.rejected_with::<Banned>(), None);
        guard.tell(ComponentKind::Aggregate, Act::Explain, 1);
        let error = bailey.enter(banned().0, banned().1).await.expect_err("banned");
        assert_eq!(error.rejected_with(), Some(&Banned("banned".into())), "{error}");
        assert!(error.to_string().contains("as the guard saw: banned may not enter"), "{error}");

        guard.tell(ComponentKind::Service, Act::Replace, 1);
        let error = bailey.ring("banned".into()).await.expect_err("banned");
        assert_eq!(evento::find(&error), Some(&Guarded { handler: "ring" }));
        guard.tell(ComponentKind::Projection, Act::Replace, 1);
        let error = bailey.seen_by_query(true).await.expect_err("it fails");
        assert_eq!(error.failed_with(), Some(&Guarded { handler: "seen" }));

        guard.tell(ComponentKind::Projector, Act::Replace, 3);
        trouble.failures.store(u32::MAX, Ordering::Relaxed);
        bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        assert_eq!(parked(&store, &consumer("gate/Register", 1)).await, ["the guard says no at entered"]);
        assert_eq!(parked(&store, &consumer("gate/Porter", 0)).await, ["trouble"]);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_refused_invocation_tells_its_caller_as_far_as_its_type_can() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        let invoker = ComponentKind::Invoker;

        guard.tell(invoker, Act::Refuse, 1);
        let error = bailey.ring("a".into()).await.expect_err("refused");
        assert_eq!(error.downcast_ref(), Some(&Guarded { handler: "ring" }), "any error has its place");
        guard.tell(invoker, Act::Refuse, 1);
        let error = bailey.enter("a".into(), "ada".into()).await.expect_err("refused");
        assert!(matches!(error, SendError::Intercepted(_)), "{error}");
        assert_eq!(evento::find(&error.into()), Some(&Guarded { handler: "enter" }));
        guard.tell(invoker, Act::Refuse, 1);
        let error = bailey.find("a".into()).await.expect_err("refused");
        assert_eq!(evento::find(&error.into()), Some(&Guarded { handler: "find" }));
        assert!(guard.seen().iter().all(|seen| seen.role == invoker), "no handler was called");

        // Types without a place for the error: nothing that is sent goes anywhere.
        guard.tell(invoker, Act::Refuse, 2);
        assert!(!bailey.may_enter("a".into()).await);
        assert_eq!(bailey.enter_poorly("a".into()).await, Err(PoorError::Nobody));
        guard.tell(invoker, Act::LetGo, 1);
        let _ = bailey.may_enter("a".into()).await;
        let log = store.read_log(&LogQuery::default()).await.expect("the log").events;
        let entered = log.iter().filter(|event| &*event.message.name == "Entered").count();
        assert!(entered <= 1, "only what was on its way may have arrived");

        // Errors of the handler itself stay what they are, unless they are replaced.
        let error = bailey.enter("a".into(), "banned".into()).await.expect_err("banned");
        assert_eq!(error.rejected_with(), Some(&Banned("banned".into())), "{error}");
        guard.tell(invoker, Act::Replace, 1);
        let error = bailey.enter("a".into(), "banned".into()).await.expect_err("banned");
        assert!(matches!(error, SendError::Intercepted(_)), "{error}");
        guard.tell(invoker, Act::Explain, 1);
        let error = bailey.enter("a".into(), "banned".into()).await.expect_err("banned");
        assert!(matches!(error, SendError::Intercepted(_)), "{error}");
        assert!(error.to_string().contains("as the guard saw"), "{error}");
        let error: Error = error.into();
        assert_eq!(evento::find(&error), Some(&Banned("banned".into())));
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_interceptor_that_panics_fails_its_call_and_nothing_else() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        guard.tell(ComponentKind::Aggregate, Act::Panic, 1);
        let error = bailey.enter("north".into(), "ada".into()).await.expect_err("it panics");
        assert!(matches!(&error, SendError::Panicked { .. }), "{error}");
        assert!(error.to_string().contains("the guard fell over"), "{error}");
        guard.tell(ComponentKind::Service, Act::Panic, 1);
        let error = bailey.ring("a".into()).await.expect_err("it panics");
        assert!(matches!(evento::find(&error), Some(SendError::Panicked { .. })), "{error}");
        guard.tell(ComponentKind::Projection, Act::Panic, 1);
        let error = bailey.find("north".into()).await.expect_err("it panics");
        assert!(matches!(error, QueryError::Panicked { .. }), "{error}");

        for role in [ComponentKind::Projector, ComponentKind::Observer, ComponentKind::Saga] {
            guard.tell(role, Act::Panic, 1);
        }
        bailey.enter("north".into(), "ada".into()).await.expect("the gate still works");
        app.wait_for_head(PATIENCE).await.expect("nobody is blocked");
        for consumer in [consumer("gate/Register", 1), consumer("gate/Porter", 0), consumer("gate/Visit", 0)]
        {
            let errors = parked(&store, &consumer).await;
            assert_eq!(
                errors,
                ["the handler panicked: in an interceptor: the guard fell over"],
                "a panic is permanent"
            );
        }
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_interceptor_that_hangs_is_cut_off_when_the_time_of_its_call_is_over() {
    on_every_store(|store| async move {
        let guard = Guard::new("guard");
        let app = GateBundle::builder()
            .shared_store(store.clone())
            .provide(Trouble::default())
            .interceptor(guard.clone())
            .handler_time(Duration::from_secs(2), Duration::from_secs(2))
            .start()
            .await
            .expect("it starts");
        let bailey = app.invoker::<Bailey>();
        let hasty = bailey.within(Duration::from_millis(30));
        // As often as it takes: a slow machine may be late before anybody is called.
        guard.tell(ComponentKind::Aggregate, Act::Hang, u32::MAX);
        let error = hasty.enter("north".into(), "ada".into()).await.expect_err("it hangs");
        assert!(matches!(error, SendError::Refused { .. }), "{error}");
        guard.tell(ComponentKind::Projection, Act::Hang, u32::MAX);
        let error = hasty.find("north".into()).await.expect_err("it hangs");
        assert!(error.is_transient(), "{error}");
        guard.calm();
        for role in [ComponentKind::Projector, ComponentKind::Observer, ComponentKind::Saga] {
            guard.tell(role, Act::Hang, 1);
        }
        bailey.enter("north".into(), "ada".into()).await.expect("the gate still works");
        app.wait_for_head(PATIENCE).await.expect("the second attempt succeeds");
        let visits = bailey.find("north".into()).await.expect("an answer");
        assert_eq!(visits.map(|visits| visits.count), Some(1));
        app.shutdown().await.expect("it stops");
    });
}

//! Services: locks, repetition, and what they may not do.

use evento::{Refusal, prelude::*};

use crate::{
    domain::start,
    stores::{PATIENCE, on_every_store, run},
};

#[test]
fn commands_with_one_lock_id_are_handled_one_after_another() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let bank = running.bank.clone();
            tasks.spawn(async move { bank.mail(format!("box {}", number % 2), number.to_string()).await });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("it is sent");
        }
        for mailbox in ["box 0", "box 1"] {
            let lines: Vec<_> =
                running.outside.lines().into_iter().filter(|line| line.contains(mailbox)).collect();
            assert_eq!(lines.len(), 20);
            for pair in lines.chunks(2) {
                assert!(pair[0].starts_with("begin") && pair[1].starts_with("end"), "interleaved: {lines:?}");
            }
        }
    });
}

#[test]
fn a_service_command_is_handled_once_per_id() {
    on_every_store(|store| async move {
        let running = start(&store).await;
        let id = CommandId::from_key("mail 1");
        for _ in 0..2 {
            running.bank.idempotent(id).mail("box".into(), "hello".into()).await.expect("it is sent");
        }
        assert_eq!(running.outside.lines().len(), 2, "one begin, one end");
    });
}

#[service_command]
pub struct Relay {
    #[lock_id]
    pub lock: String,
    pub again: bool,
}

#[service_event]
pub struct Relayed {
    pub lock: String,
}

#[derive(Default)]
pub struct Relays;

#[service]
impl Relays {
    #[command_handler]
    async fn relay(&self, command: Relay, commands: &Commands<Relay>) -> Result<Relayed> {
        if command.again {
            commands.send(Relay { lock: command.lock.clone(), again: false }).await?;
        }
        Ok(Relayed { lock: command.lock })
    }
}

#[derive(Default)]
pub struct RelayApi;

#[invoker]
impl RelayApi {
    #[invocation_handler]
    pub async fn relay(
        &self,
        commands: &Commands<Relay>,
        lock: String,
        again: bool,
    ) -> Result<Receipt, SendError> {
        commands.send(Relay { lock, again }).await
    }
}

bundle! { pub RelayBundle { id: "relay", version: 1, components: [Relays, RelayApi] } }

#[test]
fn a_command_that_would_wait_for_its_own_sender_is_refused_at_once() {
    run(async {
        let app = RelayBundle::builder()
            .state_store(evento::memory::MemoryStore::new())
            .start()
            .await
            .expect("it starts");
        let api = app.invoker::<RelayApi>();
        let error = api.relay("a".into(), true).await.expect_err("it would wait for itself");
        let inner = evento::find::<SendError>(&Error::new(error)).map(ToString::to_string);
        assert!(inner.is_some_and(|text| text.contains("would wait for itself")));
        api.relay("a".into(), false).await.expect("the lock is free again");
    });
}

#[test]
fn nested_commands_need_no_place_of_their_own() {
    run(async {
        // One place in flight, which the outer command takes: the inner one must not wait for it.
        let app = RelayBundle::builder()
            .state_store(evento::memory::MemoryStore::new())
            .in_flight(1, 100)
            .start()
            .await
            .expect("it starts");
        let api = app.invoker::<RelayApi>();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50 {
            let api = api.within(PATIENCE);
            tasks.spawn(async move { api.relay(number.to_string(), false).await });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("each gets its turn");
        }
    });
}

#[test]
fn more_than_may_wait_are_refused_and_nothing_of_them_is_done() {
    run(async {
        let store: evento::store::SharedStore = std::sync::Arc::new(evento::memory::MemoryStore::new());
        let app = RelayBundle::builder()
            .shared_store(store.clone())
            .in_flight(4, 100)
            .start()
            .await
            .expect("it starts");
        let api = app.invoker::<RelayApi>();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..10_000 {
            let api = api.clone();
            tasks.spawn(async move { api.relay((number % 7).to_string(), false).await });
        }
        let outcomes = tasks.join_all().await;
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
        for error in outcomes.into_iter().filter_map(Result::err) {
            let overloaded = matches!(error, SendError::Refused { refusal: Refusal::Overloaded { .. }, .. });
            assert!(overloaded, "{error}");
        }
        assert_eq!(store.head().await.expect("a head").0, accepted, "the refused left no event");
        assert!(accepted >= 4);
        api.relay("a".into(), false).await.expect("the process lives");
    });
}

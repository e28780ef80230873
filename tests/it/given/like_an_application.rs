//! A component does in a test what it does in an application: the same handlers, the same ids, the same states.

use std::time::Duration;

use evento::{
    clock::ManualClock,
    memory::MemoryStore,
    message::StoredEvent,
    prelude::*,
    serde_json::Value,
    store::{EventStore, LogQuery},
    testing::{aggregate, saga},
};

use super::shop::*;
use crate::stores::{PATIENCE, run};

/// Writes what it is told to, so that it is in the log.
#[derive(Default)]
struct Post;

#[service]
impl Post {
    #[command_handler]
    async fn write(&self, command: Write) -> Written {
        Written { to: command.to }
    }
}

#[derive(Default)]
struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    async fn open(&self, commands: &Commands<Open>) -> Result<Receipt, SendError> {
        commands.send(Open { account: "a".into() }).await
    }

    #[invocation_handler]
    async fn withdraw(&self, commands: &Commands<Withdraw>, amount: u64) -> Result<Receipt, SendError> {
        commands.send(Withdraw { account: "a".into(), amount }).await
    }

    #[invocation_handler]
    async fn deposit(&self, commands: &Commands<Deposit>, amount: u64) -> Result<Receipt, SendError> {
        commands.send(Deposit { account: "a".into(), amount }).await
    }
}

bundle! { KitBundle { id: "kit", version: 1, components: [Account, Loan, Post, Desk] } }

/// The commands that led to the events of a name.
async fn commands_behind(store: &MemoryStore, name: &str) -> Vec<CommandId> {
    let page = store.read_log(&LogQuery::default()).await.expect("the log");
    let named = page.events.iter().filter(|event| event.message.name == name);
    named.map(|event| CommandId(event.message.causation_id.0)).collect()
}

async fn lived() -> (Vec<StoredEvent>, Vec<CommandId>, Value) {
    let store = MemoryStore::new();
    let clock = ManualClock::at(Timestamp::from_millis(0));
    let app = KitBundle::builder().state_store(store.clone()).clock(clock.clone()).start().await;
    let app = app.expect("it starts");
    let desk = app.invoker::<Desk>();
    let mut events = Vec::new();
    desk.open().await.expect("it is opened");
    events.extend_from_slice(desk.withdraw(50).await.expect("it is enough").events());
    events.extend_from_slice(desk.deposit(20).await.expect("it is welcome").events());
    app.wait_for_head(PATIENCE).await.expect("all is handled");
    let sagas = app.sagas::<Loan>().list(None, 10).await.expect("the sagas");
    let state = evento::serde_json::to_value(&sagas[0].state).expect("the state has JSON");
    let commands = commands_behind(&store, "Written").await;
    app.shutdown().await.expect("it stops");
    (events, commands, state)
}

#[test]
fn a_saga_sends_under_the_ids_that_it_has_in_an_application() {
    let (events, commands, state) = run(lived());
    let mut sent_in_test = Vec::new();
    let test = saga::<Loan>()
        .in_bundle("kit")
        .with_event_id(events[0].message.id)
        .when(withdrawn(50))
        .then_no_commands()
        .with_event_id(events[1].message.id)
        .when(deposited(20))
        .then_sent(|sent| sent_in_test.extend(sent.iter().map(|sent| sent.message.id)))
        .then_state_json(&state);
    test.then_due(Expiry {}, Duration::from_secs(200));
    assert_eq!(sent_in_test.len(), 1);
    assert_eq!(sent_in_test, commands);
}

#[test]
fn an_aggregate_decides_what_it_decides_in_an_application() {
    let (events, _, _) = run(lived());
    aggregate::<Account>()
        .given(opened())
        .when(withdraw(50))
        .then_messages(|decided| same(&decided[0], &events[0].message))
        .when(Deposit { account: "a".into(), amount: 20 })
        .then_messages(|decided| same(&decided[0], &events[1].message));
}

/// The same but for the identities.
fn same(in_test: &EventMessage, in_application: &EventMessage) {
    assert_eq!(in_test.stream, in_application.stream);
    assert_eq!(in_test.version, in_application.version);
    assert_eq!(in_test.name, in_application.name);
    assert_eq!(in_test.payload_version, in_application.payload_version);
    assert_eq!(in_test.timestamp, in_application.timestamp);
    assert_eq!(in_test.context, in_application.context);
    assert_eq!(in_test.payload.get(), in_application.payload.get());
}

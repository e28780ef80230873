//! Observers and sagas that are put back: what they send for what they have handled before.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use evento::{
    App, Builder, Client, StartError,
    prelude::*,
    store::{ConsumerId, ReplayCommands, SharedStore},
};

use crate::stores::{PATIENCE, eventually, on_every_store, run};

#[domain_command]
pub struct Enter {
    #[aggregate_id]
    pub guest: String,
}

#[domain_event]
pub struct Entered {
    pub guest: String,
}

#[aggregate_state]
pub struct Guest {}

#[aggregate]
impl Guest {
    #[aggregate_command_handler]
    fn enter(command: Enter) -> Entered {
        Entered { guest: command.guest }
    }

    #[event_sourcing_handler]
    fn entered(_event: &Entered) -> Self {
        Self {}
    }
}

#[service_command]
pub struct Greet {
    pub words: String,
}

#[service_event]
pub struct Greeted {
    pub words: String,
}

/// What was done outside, and what handlers saw: the guest, whether it was a replay, and whether the command went nowhere.
#[derive(Clone, Default)]
pub struct Diary {
    greeted: Arc<Mutex<Vec<String>>>,
    seen: Arc<Mutex<Vec<(String, ReplayStatus, bool)>>>,
}

impl Diary {
    fn saw(&self, guest: &str, status: ReplayStatus, receipt: &Receipt) {
        assert!(!receipt.is_suppressed() || receipt.events().is_empty(), "nothing has happened");
        let mut seen = self.seen.lock().expect("not poisoned");
        seen.push((guest.to_owned(), status, receipt.is_suppressed()));
    }

    fn take(&self) -> (Vec<String>, Vec<(String, ReplayStatus, bool)>) {
        let take = std::mem::take(&mut *self.greeted.lock().expect("not poisoned"));
        (take, std::mem::take(&mut *self.seen.lock().expect("not poisoned")))
    }
}

pub struct Mouth(Diary);

#[service]
impl Mouth {
    #[inject]
    fn new(diary: Diary) -> Self {
        Self(diary)
    }

    #[command_handler]
    async fn greet(&self, command: Greet) -> Result<Greeted> {
        self.0.greeted.lock().expect("not poisoned").push(command.words.clone());
        Ok(Greeted { words: command.words })
    }
}

pub struct Doorman(Diary);

#[observer(version = 1)]
impl Doorman {
    #[inject]
    fn new(diary: Diary) -> Self {
        Self(diary)
    }

    #[event_handler(retry = 0)]
    async fn entered(&self, event: &Entered, status: ReplayStatus, commands: &Commands<Greet>) -> Result<()> {
        let receipt = commands.send(Greet { words: format!("hello {}", event.guest) }).await?;
        self.0.saw(&event.guest, status, &receipt);
        Ok(())
    }
}

#[saga_state]
pub struct Stay {
    #[association]
    guest: String,
    silent: bool,
}

#[saga(version = 1)]
impl Stay {
    #[saga_event_handler(association = "guest", retry = 0)]
    async fn begins(event: &Entered, commands: &Commands<Greet>) -> Result<Self> {
        let receipt = commands.send(Greet { words: format!("a room for {}", event.guest) }).await?;
        Ok(Self { guest: event.guest.clone(), silent: receipt.is_suppressed() })
    }
}

#[derive(Default)]
pub struct Door;

#[invoker]
impl Door {
    #[invocation_handler]
    pub async fn enter(&self, commands: &Commands<Enter>, guest: String) -> Result<Receipt, SendError> {
        commands.send(Enter { guest }).await
    }
}

bundle! { Empty { id: "inn", version: 1, components: [Guest, Door] } }
bundle! { Inn { id: "inn", version: 1, components: [Guest, Door, Mouth, Doorman] } }
bundle! { Hotel { id: "inn", version: 1, components: [Guest, Door, Mouth, Doorman, Stay] } }

/// What is handled is compared in the order of the log.
fn in_order(builder: Builder) -> Builder {
    builder.observer_concurrency(1)
}

async fn inn(store: &SharedStore, diary: &Diary) -> (App, Client<Door>) {
    let builder = in_order(Inn::builder()).shared_store(store.clone()).provide(diary.clone());
    let app = builder.start().await.expect("it starts");
    let door = app.invoker();
    (app, door)
}

/// Waits until a consumer has passed a position again.
async fn passed(store: &SharedStore, component: &'static str, position: Position) {
    let id = ConsumerId { component: component.into(), version: 0, context: "*".into() };
    let record = async || store.consumer(&id).await.expect("a read").expect("a record");
    eventually("the place", async || record().await.checkpoint >= position).await;
}

fn greetings(guests: &[&str]) -> Vec<String> {
    guests.iter().map(|guest| format!("hello {guest}")).collect()
}

fn seen(guests: &[&str], status: ReplayStatus, suppressed: bool) -> Vec<(String, ReplayStatus, bool)> {
    guests.iter().map(|guest| ((*guest).to_owned(), status, suppressed)).collect()
}

#[test]
fn an_observer_that_is_put_back_sends_nothing_for_what_it_has_passed() {
    use ReplayStatus::{Live, Replaying};
    on_every_store(|store| async move {
        let diary = Diary::default();
        let (app, door) = inn(&store, &diary).await;
        for guest in ["a", "b"] {
            door.enter(guest.into()).await.expect("it is accepted");
        }
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(diary.take(), (greetings(&["a", "b"]), seen(&["a", "b"], Live, false)));

        app.reset("Doorman", Position::START).await.expect("it is known");
        // Who has not heard of it yet would begin with the next event, in vain, before all is handled again.
        app.wait_for_head(PATIENCE).await.expect("everything is handled again");
        let receipt = door.enter("c".into()).await.expect("it is accepted");
        passed(&store, "inn/Doorman", receipt.position().expect("an event")).await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let (greeted, mut handled) = diary.take();
        assert_eq!(greeted, greetings(&["c"]), "what is new is sent");
        let new = handled.split_off(2);
        assert_eq!(handled, seen(&["a", "b"], Replaying, true));
        assert_eq!(new, seen(&["c"], Live, false));
        let status = app.status().await.expect("a status");
        assert!(status.iter().all(|one| one.parked == 0), "its handler goes on: {status:?}");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn what_may_be_sent_again_is_remembered_over_restarts() {
    use ReplayStatus::Replaying;
    on_every_store(|store| async move {
        let diary = Diary::default();
        let (app, door) = inn(&store, &diary).await;
        door.enter("a".into()).await.expect("it is accepted");
        let head = app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let id = ConsumerId { component: "inn/Doorman".into(), version: 0, context: "*".into() };
        app.shutdown().await.expect("it stops");
        diary.take();
        for (replay, suppressed) in [(ReplayCommands::Suppressed, true), (ReplayCommands::Sent, false)] {
            assert!(store.reset(&id, Position::START, replay).await.expect("no error"));
            let (app, _) = inn(&store, &diary).await;
            passed(&store, "inn/Doorman", Position(1)).await;
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
            let (greeted, handled) = diary.take();
            assert!(greeted.is_empty(), "the ledger knows what was done: {greeted:?}");
            assert_eq!(handled, seen(&["a"], Replaying, suppressed));
            app.shutdown().await.expect("it stops");
        }
        assert!(store.head().await.expect("a read") >= head);
    });
}

#[test]
fn a_new_observer_begins_behind_the_last_event_unless_it_is_told_otherwise() {
    use ReplayStatus::{Live, Replaying};
    on_every_store(|store| async move {
        let app = Empty::builder().shared_store(store.clone()).start().await.expect("it starts");
        let door: Client<Door> = app.invoker();
        for guest in ["a", "b"] {
            door.enter(guest.into()).await.expect("it is accepted");
        }
        app.shutdown().await.expect("it stops");
        let diary = Diary::default();
        let (app, door) = inn(&store, &diary).await;
        door.enter("c".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(diary.take(), (greetings(&["c"]), seen(&["c"], Live, false)));
        app.shutdown().await.expect("it stops");

        for (replay, bundle) in [(ReplayCommands::Suppressed, "second"), (ReplayCommands::Sent, "third")] {
            // The same components in another bundle are other consumers of the same log.
            let started = begun(replay, bundle, &store, &diary).await;
            started.wait_for_head(PATIENCE).await.expect("everything is handled");
            let (greeted, handled) = diary.take();
            let suppressed = replay == ReplayCommands::Suppressed;
            assert_eq!(greeted, greetings(if suppressed { &[] } else { &["a", "b", "c"] }));
            assert_eq!(handled, seen(&["a", "b", "c"], Replaying, suppressed));
            started.shutdown().await.expect("it stops");
            let again = begun(replay, bundle, &store, &diary).await;
            again.wait_for_head(PATIENCE).await.expect("everything is handled");
            assert_eq!(diary.take(), (vec![], vec![]), "only the first time");
            again.shutdown().await.expect("it stops");
        }
    });
}

mod second {
    use super::*;
    bundle! { pub Inn { id: "second inn", version: 1, components: [Guest, Door, Mouth, Doorman] } }
}

mod third {
    use super::*;
    bundle! { pub Inn { id: "third inn", version: 1, components: [Guest, Door, Mouth, Doorman] } }
}

async fn begun(replay: ReplayCommands, bundle: &str, store: &SharedStore, diary: &Diary) -> App {
    let builder = if bundle == "second" { second::Inn::builder() } else { third::Inn::builder() };
    let builder = in_order(builder).shared_store(store.clone()).provide(diary.clone());
    builder.from_beginning::<Doorman>(replay).start().await.expect("it starts")
}

#[test]
fn a_saga_that_is_put_back_sends_nothing_either() {
    on_every_store(|store| async move {
        let app = Empty::builder().shared_store(store.clone()).start().await.expect("it starts");
        let door: Client<Door> = app.invoker();
        door.enter("a".into()).await.expect("it is accepted");
        app.shutdown().await.expect("it stops");
        let diary = Diary::default();
        let app = Hotel::builder()
            .shared_store(store)
            .provide(diary.clone())
            .from_beginning::<Stay>(ReplayCommands::Suppressed)
            .start()
            .await
            .expect("it starts");
        let door: Client<Door> = app.invoker();
        door.enter("b".into()).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let (greeted, _) = diary.take();
        assert!(!greeted.contains(&"a room for a".to_owned()), "{greeted:?}");
        assert!(greeted.contains(&"a room for b".to_owned()), "{greeted:?}");
        let sagas = app.sagas::<Stay>().list(None, 9).await.expect("a page");
        assert_eq!(sagas.len(), 2, "both live");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_beginning_for_what_is_not_there_is_told() {
    run(async {
        let store = evento::memory::MemoryStore::new();
        let builder = Empty::builder().state_store(store).lease(Duration::from_secs(1));
        match builder.from_beginning::<Doorman>(ReplayCommands::Sent).start().await {
            Err(error @ StartError::NotInBundle { component: "Doorman" }) => {
                assert!(error.to_string().contains("components: [..]"), "{error}");
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it must not start"),
        }
    });
}

//! An event that is handled again: after a crash, a failed attempt, or a checkpoint that was put back.

use std::sync::{Arc, Mutex};

use evento::{
    App, Client,
    prelude::*,
    store::{ConsumerId, NodeId, SharedStore},
};

use crate::{
    domain::{Account, AccountError, Deposit, Deposited, Open, Opened, Withdraw},
    stores::{PATIENCE, on_every_store},
};

/// What a collector was answered, in order.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<Vec<String>>>);

impl Answers {
    fn push(&self, answer: &str) {
        self.0.lock().expect("not poisoned").push(answer.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("not poisoned"))
    }
}

/// Collects five from every account that is opened, and takes no for an answer; collects seven for every deposit of one, and
/// does not.
pub struct Collector {
    answers: Answers,
}

#[observer(version = 1)]
impl Collector {
    #[inject]
    fn new(answers: Answers) -> Self {
        Self { answers }
    }

    #[event_handler]
    async fn opened(&self, event: &Opened, commands: &Commands<Withdraw>) -> Result<()> {
        match commands.send(Withdraw { account: event.account.clone(), amount: 5 }).await {
            Ok(receipt) => {
                self.answers.push(if receipt.is_repeated() { "accepted again" } else { "accepted" })
            }
            Err(SendError::Rejected(rejection)) => {
                let known = rejection.downcast_ref::<AccountError>().is_some();
                self.answers.push(match (known, rejection.is_recorded()) {
                    (true, false) => "rejected",
                    (false, true) => "rejected as before",
                    _ => "rejected in an odd way",
                });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    #[event_handler(retry = 100, retry_delay = 1)]
    async fn deposited(&self, event: &Deposited, commands: &Commands<Withdraw>) -> Result<()> {
        if event.amount == 1 {
            commands.send(Withdraw { account: event.account.clone(), amount: 7 }).await?;
            self.answers.push("collected");
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Till;

#[invoker]
impl Till {
    #[invocation_handler]
    pub async fn open(&self, commands: &Commands<Open>, account: String) -> Result<Receipt, SendError> {
        commands.send(Open { account }).await
    }

    #[invocation_handler]
    pub async fn deposit(
        &self,
        commands: &Commands<Deposit>,
        account: String,
        amount: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Deposit { account, amount }).await
    }
}

bundle! { pub TillBundle { id: "till", version: 1, components: [Account, Collector, Till] } }

async fn start(store: &SharedStore, answers: &Answers) -> (App, Client<Till>) {
    let app = TillBundle::builder().shared_store(store.clone()).provide(answers.clone()).start().await;
    let app = app.expect("it starts");
    let till = app.invoker();
    (app, till)
}

/// Puts the collector's checkpoint back, as if the process had died before it was written.
async fn forget(store: &SharedStore) {
    let collector = ConsumerId { component: "till/Collector".into(), version: 0, context: "*".into() };
    let claim =
        store.claim(&collector, 1, NodeId(uuid::Uuid::now_v7())).await.expect("a claim").expect("a record");
    store.begin(&claim).await.expect("a transaction").commit(Position::START.into()).await.expect("a commit");
}

async fn count(store: &SharedStore, name: &'static str) -> usize {
    let query = evento::store::LogQuery {
        filter: evento::store::LogFilter { names: [name.into()].into(), ..Default::default() },
        max_events: 1_000,
        max_bytes: usize::MAX,
        ..evento::store::LogQuery::default()
    };
    store.read_log(&query).await.expect("the log").events.len()
}

#[test]
fn a_rejection_that_a_handler_went_on_from_is_answered_again() {
    on_every_store(|store| async move {
        let answers = Answers::default();
        let (app, till) = start(&store, &answers).await;
        till.open("a".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(answers.take(), ["rejected"]);
        till.deposit("a".into(), 100).await.expect("it is accepted");
        app.shutdown().await.expect("it stops");

        // Now there is money, but the handler has gone on from the rejection; it must not be overtaken by an acceptance.
        forget(&store).await;
        let (app, _till) = start(&store, &answers).await;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        assert_eq!(answers.take(), ["rejected as before"]);
        assert_eq!(count(&store, "Withdrawn").await, 0);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn a_rejection_that_failed_its_handler_is_asked_anew_by_the_next_attempt() {
    on_every_store(|store| async move {
        let answers = Answers::default();
        let (app, till) = start(&store, &answers).await;
        till.open("a".into()).await.expect("it opens");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        till.deposit("a".into(), 1).await.expect("it is accepted");
        // The observer is refused seven, and tries again until this is there. It is behind the event that it handles.
        till.deposit("a".into(), 50).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("the observer gets through");
        assert_eq!(answers.take().last().map(String::as_str), Some("collected"));
        assert_eq!(count(&store, "Withdrawn").await, 1);
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn an_accepted_command_of_a_repeated_handler_is_answered_and_not_handled_again() {
    on_every_store(|store| async move {
        let answers = Answers::default();
        let (app, till) = start(&store, &answers).await;
        till.open("a".into()).await.expect("it opens");
        till.deposit("a".into(), 20).await.expect("it is accepted");
        till.deposit("a".into(), 1).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        app.shutdown().await.expect("it stops");
        let withdrawn = count(&store, "Withdrawn").await;
        for _ in 0..3 {
            forget(&store).await;
            let (app, _till) = start(&store, &answers).await;
            app.wait_for_head(PATIENCE).await.expect("at rest");
            app.shutdown().await.expect("it stops");
        }
        assert_eq!(count(&store, "Withdrawn").await, withdrawn, "nothing was withdrawn twice");
        let answers = answers.take();
        assert_eq!(answers.iter().filter(|answer| *answer == "collected").count(), 4, "{answers:?}");
    });
}

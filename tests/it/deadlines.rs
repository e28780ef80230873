//! Deadlines: what is unknown, what was refused, and what a query says.

use std::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use evento::{memory::MemoryStore, prelude::*, store::StoreError};

use crate::stores::{PATIENCE, on_every_store, run};

#[service_command]
pub struct Dawdle {
    #[lock_id]
    pub id: String,
}

#[service_event]
pub struct Dawdled {
    pub id: String,
}

#[query(response = u32)]
pub struct Ponder {
    pub how: Pondering,
}

#[derive(Clone, Copy, Debug, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub enum Pondering {
    ForEver,
    Fail,
    Panic,
    Answer,
}

/// How often somebody has begun to dawdle.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

#[derive(Default)]
pub struct Sloth;

#[service]
impl Sloth {
    #[command_handler]
    async fn dawdle(&self, command: Dawdle) -> Result<Dawdled> {
        BEGUN.fetch_add(1, Ordering::Relaxed);
        pending::<()>().await;
        Ok(Dawdled { id: command.id })
    }
}

#[derive(Default)]
pub struct Thinker;

#[projection]
impl Thinker {
    #[query_handler]
    async fn ponder(&self, query: &Ponder) -> Result<u32> {
        match query.how {
            Pondering::ForEver => pending().await,
            Pondering::Fail => Err(std::io::Error::other("out of thoughts").into()),
            Pondering::Panic => panic!("lost the thread"),
            Pondering::Answer => Ok(42),
        }
    }
}

#[derive(Default)]
pub struct Zoo;

#[invoker]
impl Zoo {
    #[invocation_handler]
    pub async fn dawdle(&self, commands: &Commands<Dawdle>, id: String) -> Result<Receipt, SendError> {
        commands.send(Dawdle { id }).await
    }

    #[invocation_handler]
    pub async fn ponder(&self, queries: &Queries<Ponder>, how: Pondering) -> Result<u32, QueryError> {
        queries.query(Ponder { how }).await
    }

    #[invocation_handler]
    pub async fn ponder_within(
        &self,
        queries: &Queries<Ponder>,
        how: Pondering,
        within: Duration,
    ) -> Result<u32, QueryError> {
        queries.query(Ponder { how }).within(within).await
    }
}

bundle! { pub ZooBundle { id: "zoo", version: 1, components: [Sloth, Thinker, Zoo] } }

#[test]
fn a_ledger_that_does_not_answer_a_rejection_is_told_within_the_deadline() {
    on_every_store(|store| async move {
        let (faulty, faults) = crate::faulty::Faulty::around(&store);
        let running = crate::domain::start(&faulty).await;
        // The first look is for a command that was handled before, the second for one that another process has handled since.
        *faults.ledger_answers.lock().expect("not poisoned") = Some(1);
        let hasty = running.bank.idempotent(CommandId::from_key("once")).within(Duration::from_secs(1));
        let answer = tokio::time::timeout(PATIENCE, hasty.deposit("nobody".into(), 1)).await;
        let error = answer.expect("an answer in time").expect_err("there is no such account");
        assert_eq!(*faults.ledger_answers.lock().expect("not poisoned"), Some(0), "both were asked for");
        assert!(matches!(error, SendError::Store(StoreError::Unavailable { .. })), "{error:?}");
        *faults.ledger_answers.lock().expect("not poisoned") = None;
        running.app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn a_deadline_that_passes_while_a_service_works_leaves_the_outcome_unknown() {
    run(async {
        let app = ZooBundle::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
        let zoo = app.invoker::<Zoo>();
        let id = CommandId::from_key("one");
        let soon = Duration::from_millis(20);
        let begun = BEGUN.load(Ordering::Relaxed);
        let error = zoo.within(soon).idempotent(id).dawdle("a".into()).await.expect_err("it never ends");
        assert!(matches!(error, SendError::OutcomeUnknown { .. }), "{error}");
        assert!(BEGUN.load(Ordering::Relaxed) > begun, "the service was at work");
        // The lock is free again, and whoever waits for it behind another one is refused: nothing was done.
        let (patient, hasty) = (zoo.within(4 * soon), zoo.within(soon));
        let (first, second) = tokio::join!(patient.dawdle("a".into()), hasty.dawdle("a".into()));
        assert!(matches!(first, Err(SendError::OutcomeUnknown { .. })), "{first:?}");
        assert!(matches!(second, Err(SendError::Refused { .. })), "{second:?}");
    });
}

#[test]
fn a_query_that_fails_says_how() {
    run(async {
        let app = ZooBundle::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
        let zoo = app.invoker::<Zoo>();
        let failed = zoo.ponder(Pondering::Fail).await.expect_err("it fails");
        assert!(failed.failed_with::<std::io::Error>().is_some(), "{failed}");
        let panicked = zoo.ponder(Pondering::Panic).await.expect_err("it panics");
        assert!(
            matches!(&panicked, QueryError::Panicked { handler, .. } if handler == "Thinker::ponder"),
            "{panicked}"
        );
        let late = zoo
            .within(Duration::from_millis(20))
            .ponder(Pondering::ForEver)
            .await
            .expect_err("it never ends");
        assert!(matches!(late, QueryError::DeadlinePassed { .. }), "{late}");
        let late = zoo
            .ponder_within(Pondering::ForEver, Duration::from_millis(20))
            .await
            .expect_err("it never ends");
        assert!(matches!(late, QueryError::DeadlinePassed { .. }), "{late}");
        assert_eq!(zoo.within(PATIENCE).ponder(Pondering::Answer).await.expect("the process lives"), 42);
    });
}

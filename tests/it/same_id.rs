//! A command that is sent to two processes at the same time, under one id that its caller chose.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use evento::{
    App, Client,
    component::ComponentKind,
    interceptor::{Call, Handled, Interceptor, Next, async_trait},
    prelude::*,
    store::SharedStore,
};

use crate::{
    domain::{Bank, BankBundle, Outside, Sabotage},
    stores::on_every_store,
};

/// What another process does, once, after this one has found that nobody knows the command, and before it looks at the
/// aggregate.
#[derive(Clone, Default)]
struct Ahead(Arc<Mutex<Option<Other>>>);

type Other = Box<dyn FnOnce() -> futures_util::future::BoxFuture<'static, ()> + Send>;

impl Ahead {
    fn is_done_by<F: Future<Output = ()> + Send + 'static>(
        &self,
        other: impl FnOnce() -> F + Send + 'static,
    ) {
        *self.0.lock().expect("not poisoned") = Some(Box::new(|| Box::pin(other())));
    }
}

#[async_trait]
impl Interceptor for Ahead {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        if call.role() == ComponentKind::Aggregate {
            let other = self.0.lock().expect("not poisoned").take();
            if let Some(other) = other {
                other().await;
            }
        }
        next.run(call).await
    }
}

async fn start(store: &SharedStore, ahead: &Ahead) -> (App, Client<Bank>) {
    let app = BankBundle::builder()
        .shared_store(store.clone())
        .provide(Outside::default())
        .provide(Sabotage::default())
        .interceptor(ahead.clone())
        .lease(Duration::from_secs(60))
        .start()
        .await
        .expect("it starts");
    let bank = app.invoker();
    (app, bank)
}

#[test]
fn a_command_that_another_process_has_just_accepted_is_answered_with_that_and_not_rejected_for_it() {
    on_every_store(|store| async move {
        let ahead = Ahead::default();
        let (here, bank) = start(&store, &ahead).await;
        let (there, other) = start(&store, &Ahead::default()).await;

        let id = CommandId::from_key("open");
        let (mine, others) = (bank.idempotent(id), other.idempotent(id));
        ahead.is_done_by(move || async move {
            others.open("a".into()).await.expect("it is the first");
        });
        let receipt = mine.open("a".into()).await.expect("the account exists because of this very command");
        assert!(receipt.is_repeated());
        assert_eq!(receipt.events().len(), 1);

        bank.deposit("a".into(), 10).await.expect("it is accepted");
        let id = CommandId::from_key("withdraw");
        let (mine, others) = (bank.idempotent(id), other.idempotent(id));
        ahead.is_done_by(move || async move {
            others.withdraw("a".into(), 10).await.expect("it is the first");
        });
        let receipt =
            mine.withdraw("a".into(), 10).await.expect("the balance is gone because of this very command");
        assert!(receipt.is_repeated());

        // Whoever has another id is rejected as ever, and so is one whose first outcome was a rejection.
        let id = CommandId::from_key("withdraw more");
        let (mine, others) = (bank.idempotent(id), other.idempotent(id));
        ahead.is_done_by(move || async move {
            others.withdraw("a".into(), 10).await.expect_err("there is nothing");
        });
        mine.withdraw("a".into(), 10).await.expect_err("there is nothing");
        for app in [here, there] {
            app.shutdown().await.expect("it stops");
        }
    });
}

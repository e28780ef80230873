//! The application as a whole.

use std::sync::{Arc, Mutex};

use evento::{
    Client,
    prelude::*,
    testing::{SettleError, TestBundle},
};

use crate::{bundle::TodoBundle, invoker::TodoApi, payloads::*, write_side::*};

/// The messages that were sent to those who follow a list.
#[derive(Clone, Default)]
pub struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    fn texts(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }

    pub fn postbox(&self) -> Postbox {
        let sent = self.clone();
        Postbox::new(move |_id, text| sent.0.lock().expect("not poisoned").push(text.to_owned()))
    }
}

async fn started() -> (TestBundle<TodoBundle>, Sent) {
    let sent = Sent::default();
    let bundle = TestBundle::<TodoBundle>::builder().provide(sent.postbox()).start().await;
    (bundle.expect("it starts"), sent)
}

/// The application as somebody calls it.
fn by(bundle: &TestBundle<TodoBundle>, user: &str) -> Client<TodoApi> {
    bundle.invoker::<TodoApi>().with(Metadata::new().with("user", user))
}

async fn list(api: &Client<TodoApi>, id: &str) -> Option<TodoListView> {
    api.find_list(id.into()).await.expect("an answer")
}

/// A list with milk and soap.
async fn groceries(ada: &Client<TodoApi>) {
    ada.create_list("g".into(), "Groceries".into()).await.expect("it is created");
    for todo in ["milk", "soap"] {
        ada.add_todo("g".into(), todo.into(), todo.into()).await.expect("it is added");
    }
}

#[tokio::test]
async fn a_list_is_registered_when_everything_is_done() {
    let (bundle, sent) = started().await;
    let (ada, linus) = (by(&bundle, "ada"), by(&bundle, "linus"));
    groceries(&ada).await;
    linus.check_todo("g".into(), "milk".into()).await.expect("it is checked");
    bundle.settle().await.expect("it comes to rest");
    assert_eq!(list(&ada, "g").await.expect("a list").status, Status::Open);
    linus.check_todo("g".into(), "soap".into()).await.expect("it is checked");
    bundle.settle().await.expect("it comes to rest");
    let done = list(&ada, "g").await.expect("a list");
    assert_eq!(done.status, Status::Registered);
    assert_eq!(done.activity, [("ada".to_owned(), 3), ("linus".to_owned(), 2)].into());
    let texts = sent.texts();
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[1], "linus has checked `soap` on `Groceries`: everything is done");
}

#[tokio::test]
async fn what_is_done_after_the_registration_is_not_counted() {
    let (bundle, _sent) = started().await;
    let ada = by(&bundle, "ada");
    groceries(&ada).await;
    for todo in ["milk", "soap"] {
        ada.check_todo("g".into(), todo.into()).await.expect("it is checked");
    }
    bundle.settle().await.expect("it comes to rest");
    ada.add_todo("g".into(), "tea".into(), "tea".into()).await.expect("it is added");
    ada.check_todo("g".into(), "tea".into()).await.expect("it is checked");
    bundle.settle().await.expect("it comes to rest");
    let list = list(&ada, "g").await.expect("a list");
    assert_eq!((list.status, list.activity["ada"]), (Status::Registered, 5));
}

#[tokio::test]
async fn a_list_that_is_given_up_is_gone() {
    let (bundle, sent) = started().await;
    let ada = by(&bundle, "ada");
    groceries(&ada).await;
    ada.delete_list("g".into()).await.expect("it is deleted");
    bundle.settle().await.expect("it comes to rest");
    assert!(list(&ada, "g").await.is_none());
    assert!(sent.texts().is_empty());
    let sagas = bundle.app().sagas::<crate::process::ListActivity>().list(None, 10).await;
    assert!(sagas.expect("an answer").is_empty(), "nobody waits for its end");
}

/// A register that is closed.
#[derive(Clone, Default)]
struct Closed;

#[service]
impl Closed {
    #[command_handler]
    async fn register(&self, _command: RegisterActivity) -> Result<ActivityRegistered> {
        Err(Error::msg("the register is closed"))
    }
}

#[tokio::test]
async fn a_register_that_is_closed_blocks_nobody_else() {
    let builder = TestBundle::<TodoBundle>::builder().provide(Sent::default().postbox());
    let bundle = builder.replace::<ActivityRegister, _>(Closed).start().await.expect("it starts");
    let ada = by(&bundle, "ada");
    groceries(&ada).await;
    ada.create_list("h".into(), "Hardware".into()).await.expect("it is created");
    for todo in ["milk", "soap"] {
        ada.check_todo("g".into(), todo.into()).await.expect("it is checked");
    }
    let error = bundle.settle().await.expect_err("the registration is put aside");
    let SettleError::Parked(parked) = &error else { panic!("{error}") };
    assert_eq!((parked.len(), parked[0].id.consumer.to_string()), (1, "todo/ListActivity".to_owned()));
    assert!(error.to_string().contains("the register is closed"), "{error}");
    ada.add_todo("h".into(), "nails".into(), "nails".into()).await.expect("it is added");
    bundle.settle().parked_allowed().await.expect("all but the registration is done");
    assert_eq!(list(&ada, "g").await.expect("a list").status, Status::Registering);
    assert_eq!(list(&ada, "h").await.expect("a list").todos.len(), 1);
}

/// One test of all: what it does not come to, no user can.
#[tokio::test]
async fn every_handler_and_every_edge_is_exercised() {
    let (bundle, _sent) = started().await;
    let ada = by(&bundle, "ada");
    groceries(&ada).await;
    ada.remove_todo("g".into(), "soap".into()).await.expect("it is removed");
    ada.check_todo("g".into(), "milk".into()).await.expect("it is checked");
    ada.create_list("h".into(), "Hardware".into()).await.expect("it is created");
    ada.delete_list("h".into()).await.expect("it is deleted");
    bundle.settle().await.expect("it comes to rest");
    assert!(list(&ada, "g").await.is_some());
    assert_eq!(ada.search_lists("Gro".into(), 0, 10).await.expect("an answer").len(), 1);
    bundle.coverage().await.expect("a coverage").assert_everything_exercised();
    assert_eq!(bundle.replay_equals_live().await.expect("nothing differs"), 1);
}

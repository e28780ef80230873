//! A library that lends books: one component of each kind.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use evento::{Client, StartError, prelude::*, testing::TestBundle};
use tokio::sync::Notify;

/// How long a book may be kept.
pub const MAY_BE_KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How long until somebody is reminded again.
pub const AGAIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[domain_command]
pub struct Acquire {
    #[aggregate_id]
    pub book: String,
    pub title: String,
}

#[domain_command]
pub struct Lend {
    #[aggregate_id]
    pub book: String,
    pub to: String,
}

#[domain_command]
pub struct Return {
    #[aggregate_id]
    pub book: String,
}

#[domain_event]
pub struct Acquired {
    pub book: String,
    pub title: String,
}

#[domain_event]
pub struct Lent {
    pub book: String,
    pub to: String,
}

#[domain_event]
pub struct Returned {
    pub book: String,
}

#[service_command]
pub struct SendLetter {
    pub to: String,
    pub text: String,
}

#[service_event]
pub struct LetterSent {
    pub to: String,
    pub text: String,
}

#[deadline]
pub struct Overdue;

#[query(response = Option<BookView>)]
pub struct FindBook {
    pub book: String,
}

#[view]
#[derive(PartialEq)]
pub struct BookView {
    #[id]
    pub book: String,
    pub title: String,
    pub lent_to: Option<String>,
    pub changed: Timestamp,
}

#[aggregate_state]
pub struct Book {
    lent: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the book is lent already")]
pub struct AlreadyLent;

#[aggregate(snapshot_every = 2)]
impl Book {
    #[aggregate_command_handler]
    fn acquire(command: Acquire) -> Acquired {
        Acquired { book: command.book, title: command.title }
    }

    #[aggregate_command_handler]
    fn lend(&self, command: Lend) -> Result<Lent, AlreadyLent> {
        if self.lent { Err(AlreadyLent) } else { Ok(Lent { book: command.book, to: command.to }) }
    }

    #[aggregate_command_handler]
    fn take_back(&self, command: Return) -> Option<Returned> {
        self.lent.then_some(Returned { book: command.book })
    }

    #[event_sourcing_handler]
    fn acquired(_event: &Acquired) -> Self {
        Self { lent: false }
    }

    #[event_sourcing_handler]
    fn lent(&mut self, _event: &Lent) {
        self.lent = true;
    }

    #[event_sourcing_handler]
    fn returned(&mut self, _event: &Returned) {
        self.lent = false;
    }
}

/// The letters that were sent, with their times.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<Vec<(Timestamp, String)>>>);

impl Outbox {
    pub fn put(&self, at: Timestamp, text: &str) {
        self.0.lock().expect("not poisoned").push((at, text.to_owned()));
    }

    pub fn letters(&self) -> Vec<(Timestamp, String)> {
        self.0.lock().expect("not poisoned").clone()
    }
}

pub struct Postman(Outbox);

#[service]
impl Postman {
    #[inject]
    fn new(outbox: Outbox) -> Self {
        Self(outbox)
    }

    #[command_handler]
    async fn send(&self, command: SendLetter, at: Timestamp) -> LetterSent {
        self.0.put(at, &command.text);
        LetterSent { to: command.to, text: command.text }
    }
}

#[saga_state]
pub struct Loan {
    #[association]
    book: String,
    to: String,
}

#[saga(version = 1)]
impl Loan {
    #[saga_event_handler(association = "book")]
    async fn lent(event: &Lent, timers: &Timers<Overdue>) -> Result<Self> {
        timers.schedule(Overdue).after(MAY_BE_KEPT)?;
        Ok(Self { book: event.book.clone(), to: event.to.clone() })
    }

    #[saga_event_handler(association = "book")]
    async fn returned(self, _event: &Returned) {}

    #[saga_deadline_handler]
    async fn overdue(
        &mut self,
        _deadline: Overdue,
        timers: &Timers<Overdue>,
        commands: &Commands<SendLetter>,
    ) -> Result<()> {
        let text = format!("bring back {}", self.book);
        commands.send(SendLetter { to: self.to.clone(), text }).await?;
        Ok(timers.schedule(Overdue).after(AGAIN)?)
    }
}

#[derive(Default)]
pub struct Welcome;

#[observer(version = 1)]
impl Welcome {
    #[event_handler]
    async fn lent(
        &self,
        event: &Lent,
        queries: &Queries<FindBook>,
        commands: &Commands<SendLetter>,
    ) -> Result<()> {
        // Whether the title is known yet is another matter.
        queries.query(FindBook { book: event.book.clone() }).await?;
        commands.send(SendLetter { to: event.to.clone(), text: format!("enjoy {}", event.book) }).await?;
        Ok(())
    }
}

#[derive(Default)]
pub struct Shelf;

#[projector(version = 1)]
impl Shelf {
    #[event_handler]
    async fn acquired(&self, event: &Acquired, at: Timestamp, views: &Views<BookView>) -> Result<()> {
        let Acquired { book, title } = event.clone();
        Ok(views.put(BookView { book, title, lent_to: None, changed: at }).await?)
    }

    #[event_handler]
    async fn lent(&self, event: &Lent, at: Timestamp, views: &Views<BookView>) -> Result<()> {
        set(views, &event.book, Some(event.to.clone()), at).await
    }

    #[event_handler]
    async fn returned(&self, event: &Returned, at: Timestamp, views: &Views<BookView>) -> Result<()> {
        set(views, &event.book, None, at).await
    }
}

async fn set(views: &Views<BookView>, book: &str, to: Option<String>, at: Timestamp) -> Result<()> {
    let mut view = views.get(book).await?.ok_or_else(|| Error::msg("a book that nobody acquired"))?;
    (view.lent_to, view.changed) = (to, at);
    Ok(views.put(view).await?)
}

#[derive(Default)]
pub struct Catalogue;

#[projection]
impl Catalogue {
    #[query_handler]
    async fn find(&self, query: &FindBook, views: &Views<BookView>) -> Result<Option<BookView>> {
        Ok(views.get(&query.book).await?)
    }
}

#[derive(Default)]
pub struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    pub async fn acquire(&self, commands: &Commands<Acquire>, book: String) -> Result<Receipt, SendError> {
        commands.send(Acquire { title: format!("The {book}"), book }).await
    }

    #[invocation_handler]
    pub async fn lend(
        &self,
        commands: &Commands<Lend>,
        book: String,
        to: String,
    ) -> Result<Receipt, SendError> {
        commands.send(Lend { book, to }).await
    }

    #[invocation_handler]
    pub async fn take_back(&self, commands: &Commands<Return>, book: String) -> Result<Receipt, SendError> {
        commands.send(Return { book }).await
    }

    #[invocation_handler]
    pub async fn find(
        &self,
        queries: &Queries<FindBook>,
        book: String,
    ) -> Result<Option<BookView>, QueryError> {
        queries.query(FindBook { book }).await
    }
}

bundle! {
    pub Lending {
        id: "lending",
        version: 1,
        components: [Book, Postman, Loan, Welcome, Shelf, Catalogue, Desk],
    }
}

/// Lets letters through one by one.
#[derive(Clone, Default)]
pub struct Slow {
    pub entered: Arc<Notify>,
    pub go: Arc<Notify>,
}

#[service]
impl Slow {
    #[command_handler]
    async fn send(&self, command: SendLetter) -> LetterSent {
        self.entered.notify_one();
        self.go.notified().await;
        LetterSent { to: command.to, text: command.text }
    }
}

/// The library, with the letters that it sends.
pub async fn lending() -> (TestBundle<Lending>, Client<Desk>, Outbox) {
    let outbox = Outbox::default();
    let bundle = TestBundle::<Lending>::builder().provide(outbox.clone()).start().await;
    let bundle = bundle.expect("it starts");
    let desk = bundle.invoker::<Desk>();
    (bundle, desk, outbox)
}

/// Acquires a book and lends it.
pub async fn lend(desk: &Client<Desk>, book: &str) {
    desk.acquire(book.into()).await.expect("it is acquired");
    desk.lend(book.into(), "ada".into()).await.expect("it is lent");
}

/// A value of which the type is all that a test needs.
pub fn is_start_error(error: &evento::testing::TestStartError) -> Option<&StartError> {
    match error {
        evento::testing::TestStartError::Start(error) => Some(error),
        _ => None,
    }
}

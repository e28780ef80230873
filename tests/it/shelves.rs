//! A library whose read model has several versions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use evento::{App, Client, prelude::*, store::SharedStore};
use tokio::sync::Semaphore;

#[domain_command]
pub struct Build {
    #[aggregate_id]
    pub shelf: String,
}

/// Puts so many books on a shelf, with an event for each.
#[domain_command]
pub struct Fill {
    #[aggregate_id]
    pub shelf: String,
    pub books: u32,
}

#[domain_event]
pub struct Built {
    pub shelf: String,
}

#[domain_event]
pub struct Filled {
    pub shelf: String,
}

/// An event that no projector handles.
#[domain_command]
pub struct Dust {
    #[aggregate_id]
    pub shelf: String,
}

#[domain_event]
pub struct Dusted {
    pub shelf: String,
}

#[aggregate_state]
pub struct Shelf {
    books: u32,
}

#[aggregate]
impl Shelf {
    #[aggregate_command_handler]
    fn build(command: Build) -> Built {
        Built { shelf: command.shelf }
    }

    #[aggregate_command_handler]
    fn fill(&self, command: Fill) -> Vec<Filled> {
        (0..command.books).map(|_| Filled { shelf: command.shelf.clone() }).collect()
    }

    #[aggregate_command_handler]
    fn dust(&self, command: Dust) -> Dusted {
        Dusted { shelf: command.shelf }
    }

    #[event_sourcing_handler]
    fn built(_event: &Built) -> Self {
        Self { books: 0 }
    }

    #[event_sourcing_handler]
    fn filled(&mut self, _event: &Filled) {
        self.books += 1;
    }

    #[event_sourcing_handler]
    fn dusted(&mut self, _event: &Dusted) {}
}

#[view]
#[derive(PartialEq, Eq)]
pub struct ShelfView {
    #[id]
    pub shelf: String,
    pub books: u32,
    /// The version of the projector that wrote it.
    #[index]
    pub by: u32,
    /// How many of its events were replayed.
    pub replayed: u32,
}

/// What the tests do to the handlers of projectors.
#[derive(Clone)]
pub struct Pace {
    /// How many more events the second version may handle.
    pub events: Arc<Semaphore>,
    /// How many events the second version has handled, those included that were undone.
    pub handled: Arc<AtomicU64>,
    /// Whether shelves that are called `bad` fail.
    pub fails: Arc<AtomicBool>,
}

impl Default for Pace {
    fn default() -> Self {
        let events = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Self { events, handled: Arc::default(), fails: Arc::default() }
    }
}

impl Pace {
    /// The second version handles nothing until it may.
    pub fn slow() -> Self {
        Self { events: Arc::new(Semaphore::new(0)), ..Self::default() }
    }

    async fn step(&self, shelf: &str) -> Result<()> {
        self.events.acquire().await.expect("it stays open").forget();
        self.handled.fetch_add(1, Ordering::Relaxed);
        if shelf == "bad" && self.fails.load(Ordering::Relaxed) {
            return Err(Error::msg("a bad shelf"));
        }
        Ok(())
    }
}

async fn put(shelf: &str, books: u32, by: u32, status: ReplayStatus, views: &Views<ShelfView>) -> Result<()> {
    let before = views.get(shelf).await?;
    let (had, replayed) = before.map_or((0, 0), |view| (view.books, view.replayed));
    let replayed = replayed + u32::from(status == ReplayStatus::Replaying);
    views.put(ShelfView { shelf: shelf.to_owned(), books: had + books, by, replayed }).await?;
    Ok(())
}

#[query(response = Option<ShelfView>)]
pub struct FindShelf {
    pub shelf: String,
}

/// Answered by asking another query.
#[query(response = u32)]
pub struct CountBooks {
    pub shelf: String,
}

#[query(response = usize)]
pub struct CountShelves {
    pub by: u32,
}

#[derive(Default)]
pub struct Catalogue;

#[projection]
impl Catalogue {
    #[query_handler]
    async fn find(&self, query: &FindShelf, views: &Views<ShelfView>) -> Result<Option<ShelfView>> {
        Ok(views.get(&query.shelf).await?)
    }

    #[query_handler]
    async fn count(&self, query: &CountShelves, views: &Views<ShelfView>) -> Result<usize> {
        Ok(views.find(ShelfView::BY_BY.equals(&query.by), Page::new(0, 1_000)).await?.len())
    }

    #[query_handler]
    async fn count_books(&self, query: &CountBooks, queries: &Queries<FindShelf>) -> Result<u32> {
        let found = queries.query(FindShelf { shelf: query.shelf.clone() }).await?;
        Ok(found.map_or(0, |view| view.books))
    }
}

#[derive(Default)]
pub struct Librarian;

#[invoker]
impl Librarian {
    #[invocation_handler]
    pub async fn build(&self, commands: &Commands<Build>, shelf: String) -> Result<Receipt, SendError> {
        commands.send(Build { shelf }).await
    }

    #[invocation_handler]
    pub async fn fill(
        &self,
        commands: &Commands<Fill>,
        shelf: String,
        books: u32,
    ) -> Result<Receipt, SendError> {
        commands.send(Fill { shelf, books }).await
    }

    #[invocation_handler]
    pub async fn dust(&self, commands: &Commands<Dust>, shelf: String) -> Result<Receipt, SendError> {
        commands.send(Dust { shelf }).await
    }

    #[invocation_handler]
    pub async fn find(
        &self,
        queries: &Queries<FindShelf>,
        shelf: String,
    ) -> Result<Option<ShelfView>, QueryError> {
        queries.query(FindShelf { shelf }).await
    }

    #[invocation_handler]
    pub async fn count(&self, queries: &Queries<CountShelves>, by: u32) -> Result<usize, QueryError> {
        queries.query(CountShelves { by }).await
    }

    /// What is read after the events of a receipt.
    #[invocation_handler]
    pub async fn find_after(
        &self,
        queries: &Queries<FindShelf>,
        shelf: String,
        receipt: Receipt,
    ) -> Result<Option<ShelfView>, QueryError> {
        queries.query(FindShelf { shelf }).after(&receipt).await
    }

    /// The same by a query that is answered by asking another one.
    #[invocation_handler]
    pub async fn count_after(
        &self,
        queries: &Queries<CountBooks>,
        shelf: String,
        receipt: Receipt,
    ) -> Result<u32, QueryError> {
        queries.query(CountBooks { shelf }).after(&receipt).await
    }
}

/// The first version.
pub mod first {
    use super::*;

    #[derive(Default)]
    pub struct Shelves;

    #[projector(version = 1)]
    impl Shelves {
        #[event_handler]
        async fn built(&self, event: &Built, status: ReplayStatus, views: &Views<ShelfView>) -> Result<()> {
            put(&event.shelf, 0, 1, status, views).await
        }

        #[event_handler]
        async fn filled(&self, event: &Filled, status: ReplayStatus, views: &Views<ShelfView>) -> Result<()> {
            put(&event.shelf, 1, 1, status, views).await
        }
    }

    bundle! { pub Library { id: "library", version: 1, components: [Shelf, Shelves, Catalogue, Librarian] } }
}

/// The second version, which counts each book twice, and goes as fast as it may.
pub mod second {
    use super::*;

    pub struct Shelves(Pace);

    #[projector(version = 2)]
    impl Shelves {
        #[inject]
        fn new(pace: Pace) -> Self {
            Self(pace)
        }

        #[event_handler(retry = 0)]
        async fn built(&self, event: &Built, status: ReplayStatus, views: &Views<ShelfView>) -> Result<()> {
            self.0.step(&event.shelf).await?;
            put(&event.shelf, 0, 2, status, views).await
        }

        #[event_handler(retry = 0)]
        async fn filled(&self, event: &Filled, status: ReplayStatus, views: &Views<ShelfView>) -> Result<()> {
            self.0.step(&event.shelf).await?;
            put(&event.shelf, 2, 2, status, views).await
        }
    }

    bundle! { pub Library { id: "library", version: 2, components: [Shelf, Shelves, Catalogue, Librarian] } }
}

/// A process, and the way in.
pub type Process = (App, Client<Librarian>);

pub async fn first(store: &SharedStore) -> Process {
    let app = first::Library::builder().shared_store(store.clone()).start().await.expect("it starts");
    let client = app.invoker();
    (app, client)
}

pub async fn second(store: &SharedStore, pace: &Pace) -> Process {
    second_with(store, pace, Duration::from_secs(5)).await
}

/// A process that is given up for dead after that time.
pub async fn second_with(store: &SharedStore, pace: &Pace, lease: Duration) -> Process {
    let builder = second::Library::builder().shared_store(store.clone()).provide(pace.clone());
    let app = builder.lease(lease).start().await.expect("it starts");
    let client = app.invoker();
    (app, client)
}

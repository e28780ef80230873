//! Read models that are not what the log says, and how that is found out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use evento::{
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, AssertSqlSafe, SqliteConnection},
    testing::{
        SettleError, TestBundle,
        property::{self, ReplayError},
    },
};

use super::lending::*;
use crate::stores::run;

#[test]
fn what_the_log_says_is_found_equal() {
    run(async {
        let (bundle, desk, _outbox) = lending().await;
        assert_eq!(bundle.replay_equals_live().await.expect("nothing differs from nothing"), 0);
        for book in ["atlas", "bestiary", "cookbook"] {
            lend(&desk, book).await;
        }
        desk.take_back("atlas".into()).await.expect("it is taken back");
        let mut replaying = bundle.replay_equals_live();
        for seed in 0..16 {
            replaying = replaying.in_another_order(seed);
        }
        assert_eq!(replaying.await.expect("a book's row depends on its own events"), 3);
        // The same without a kit around the application.
        let builder = Lending::builder().provide(Outbox::default());
        let rows = property::rebuild_equals_live(&builder, &**bundle.store()).await;
        assert_eq!(rows.expect("nothing differs"), 3);
    });
}

/// What a careless projector takes from elsewhere.
#[view]
struct Noted {
    #[id]
    book: String,
    at: u128,
    number: u64,
}

/// The clock of the machine.
#[derive(Default)]
struct Watch;

#[projector(version = 1)]
impl Watch {
    #[event_handler]
    async fn acquired(&self, event: &Acquired, views: &Views<Noted>) -> Result<()> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        Ok(views.put(Noted { book: event.book.clone(), at, number: 0 }).await?)
    }
}

bundle! { Watched { id: "watched", version: 1, components: [Book, Watch, DeskOfNobody] } }

/// A number that is not in the log.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

struct Numbering(Counter);

#[projector(version = 1)]
impl Numbering {
    #[inject]
    fn new(counter: Counter) -> Self {
        Self(counter)
    }

    #[event_handler]
    async fn acquired(&self, event: &Acquired, views: &Views<Noted>) -> Result<()> {
        let number = self.0.0.fetch_add(1, Ordering::Relaxed);
        Ok(views.put(Noted { book: event.book.clone(), at: 0, number }).await?)
    }
}

bundle! { Numbered { id: "numbered", version: 1, components: [Book, Numbering, DeskOfNobody] } }

/// The way in.
#[derive(Default)]
struct DeskOfNobody;

#[invoker]
impl DeskOfNobody {
    #[invocation_handler]
    pub async fn acquire(&self, commands: &Commands<Acquire>, book: String) -> Result<Receipt, SendError> {
        commands.send(Acquire { title: format!("The {book}"), book }).await
    }
}

#[test]
fn a_projector_that_asks_the_clock_of_the_machine_is_found_out() {
    run(async {
        let bundle = TestBundle::<Watched>::start().await.expect("it starts");
        bundle.invoker::<DeskOfNobody>().acquire("atlas".into()).await.expect("it is acquired");
        let error = bundle.replay_equals_live().await.expect_err("time has passed");
        let ReplayError::Differs(rows) = &error else { panic!("{error}") };
        assert_eq!(
            (rows.len(), rows[0].view, rows[0].projector, &*rows[0].id),
            (1, "Noted", "Watch", "atlas")
        );
        let told = error.to_string();
        assert!(told.contains("-   \"at\": ") && told.contains("+   \"at\": "), "{told}");
        assert!(told.contains("    \"book\": \"atlas\""), "what is the same stands around it: {told}");
    });
}

#[test]
fn a_projector_that_counts_elsewhere_is_found_out() {
    run(async {
        let builder = TestBundle::<Numbered>::builder().provide(Counter::default());
        let bundle = builder.start().await.expect("it starts");
        let desk = bundle.invoker::<DeskOfNobody>();
        for book in ["atlas", "bestiary"] {
            desk.acquire(book.into()).await.expect("it is acquired");
        }
        let error = bundle.replay_equals_live().await.expect_err("it goes on counting");
        let ReplayError::Differs(rows) = &error else { panic!("{error}") };
        assert_eq!(rows.len(), 2, "{error}");
    });
}

/// One row for all streams, in which the last one counts.
#[view]
struct Newest {
    #[id]
    id: String,
    book: String,
}

#[derive(Default)]
struct Window;

#[projector(version = 1)]
impl Window {
    #[event_handler]
    async fn acquired(&self, event: &Acquired, views: &Views<Newest>) -> Result<()> {
        Ok(views.put(Newest { id: "newest".into(), book: event.book.clone() }).await?)
    }
}

bundle! { Windowed { id: "windowed", version: 1, components: [Book, Window, DeskOfNobody] } }

#[test]
fn a_projector_that_depends_on_the_order_of_streams_is_found_out_when_that_is_asked() {
    run(async {
        let bundle = TestBundle::<Windowed>::start().await.expect("it starts");
        let desk = bundle.invoker::<DeskOfNobody>();
        for book in ["atlas", "bestiary", "cookbook"] {
            desk.acquire(book.into()).await.expect("it is acquired");
        }
        assert_eq!(bundle.replay_equals_live().await.expect("the log has one order"), 1);
        let mut replaying = bundle.replay_equals_live();
        for seed in 0..16 {
            replaying = replaying.in_another_order(seed);
        }
        let error = replaying.await.expect_err("in another order, another one is the last");
        let ReplayError::DependsOnOrder { differences, .. } = &error else { panic!("{error}") };
        assert_eq!((differences.len(), &*differences[0].id), (1, "newest"), "{error}");
    });
}

#[derive(Default)]
struct Broken;

#[projector(version = 1)]
impl Broken {
    #[event_handler(retry = 0)]
    async fn acquired(&self, event: &Acquired, views: &Views<Noted>) -> Result<()> {
        views.get(&event.book).await?;
        Err(Error::msg("out of order"))
    }
}

bundle! { BrokenLibrary { id: "broken", version: 1, components: [Book, Broken, DeskOfNobody] } }

#[test]
fn nothing_is_compared_with_what_was_put_aside() {
    run(async {
        let bundle = TestBundle::<BrokenLibrary>::start().await.expect("it starts");
        bundle.invoker::<DeskOfNobody>().acquire("atlas".into()).await.expect("it is acquired");
        let error = bundle.replay_equals_live().await.expect_err("there is nothing to compare");
        assert!(matches!(error, ReplayError::Live(SettleError::Parked(_))), "{error}");
        // Whoever does not ask the application gets the same from the replay.
        let error = property::rebuild_equals_live(&BrokenLibrary::builder(), &**bundle.store()).await;
        let error = error.expect_err("the log cannot be replayed");
        assert!(matches!(error, ReplayError::Replay(SettleError::Parked(_))), "{error}");
    });
}

/// Rows that only SQL finds.
#[derive(Default)]
struct Titles;

#[projector(version = 1)]
impl Titles {
    #[setup]
    async fn create(&self, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
        let create = format!("create table {} (title text primary key)", tables.name("title"));
        sqlx::query(AssertSqlSafe(create)).execute(connection).await?;
        Ok(())
    }

    #[event_handler]
    async fn acquired(
        &self,
        event: &Acquired,
        connection: &mut SqliteConnection,
        tables: &Tables,
    ) -> Result<()> {
        let insert = format!("insert into {} values (?)", tables.name("title"));
        sqlx::query(AssertSqlSafe(insert)).bind(&event.title).execute(connection).await?;
        Ok(())
    }
}

bundle! { Titled { id: "titled", version: 1, components: [Book, Shelf, Titles, DeskOfNobody] } }

#[test]
fn tables_of_a_projectors_own_are_not_said_to_be_equal() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let path = folder.path().join("test.db");
        let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
        let bundle = TestBundle::<Titled>::builder().store(store).start().await.expect("it starts");
        bundle.invoker::<DeskOfNobody>().acquire("atlas".into()).await.expect("it is acquired");
        let error = bundle.replay_equals_live().await.expect_err("it cannot be known");
        let ReplayError::NotComparable { projectors } = &error else { panic!("{error}") };
        assert_eq!(*projectors, ["Titles"]);
        assert_eq!(bundle.replay_equals_live().without("Titles").await.expect("the others are equal"), 1);
        let error = bundle.replay_equals_live().without("Title").await.expect_err("there is none");
        assert!(matches!(error, ReplayError::UnknownProjector { .. }), "{error}");
        let prefixes = bundle.prefixes_replay().await.expect("all prefixes are handled");
        assert_eq!((prefixes.replayed, &*prefixes.left_out), (1, &["Titles"][..]));
        bundle.shutdown().await.expect("it stops");
    });
}

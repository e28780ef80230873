//! Bad handlers: those that panic whatever comes, that swallow what the database says, that do not know any more what is in the log,
//! and that run beside others of their kind. What becomes of it is defined, typed and visible, and nothing is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use evento::{
    App, Client, LoadError, Replay, StartError, Unready,
    consumer::{ConsumerState, VersionError},
    prelude::*,
    sqlx::{self, AssertSqlSafe},
    store::{ConsumerId, SharedStore},
};

use crate::{
    audit::until,
    databases::Database,
    mistakes::pads::{Doodle, Doodled, Ear, Ears, Heard, Pad, Writer, ears, jot, later, listener},
    stores::{PATIENCE, eventually, on_every_store, run},
};

#[test]
fn a_handler_that_panics_on_every_event_pauses_its_consumer_and_loses_nothing() {
    const PADS: usize = 12;
    on_every_store(|store| async move {
        let (heard, panics) = (Heard::default(), Arc::new(AtomicBool::new(true)));
        let (noting, told) = (heard.clone(), panics.clone());
        let ear = Ear::new(move |note| {
            let (noting, told) = (noting.clone(), told.clone());
            async move {
                assert!(!told.load(Ordering::Relaxed), "whatever comes");
                noting.push(&format!("{} {}", note.pad, note.text));
                Ok(())
            }
        });
        let builder = Ears::builder().shared_store(store.clone()).provide(ear);
        let app = builder.pause_after(5, PATIENCE * 10).start().await.expect("it starts");
        let writer = app.invoker::<Writer>();
        for text in ["one", "two"] {
            for pad in 0..PADS {
                jot(&writer, &format!("pad {pad}"), text).await;
            }
        }
        let paused = until(&app, "ears/Listener", |one| one.state == ConsumerState::Paused).await;
        let error = paused.last_error.as_deref().unwrap_or_default();
        assert!(error.contains("5 keys") && error.contains("panicked: whatever comes"), "{error}");
        // Attempts end in any order, and what is put aside is stored when the checkpoint comes there: these may stand behind one that
        // is still to be tried.
        assert!(paused.parked <= 5, "one for each key, and no more keys: {paused:?}");
        let health = app.health().await;
        let is_told = |reason: &Unready| {
            matches!(reason, Unready::Consumer { state: ConsumerState::Paused, last_error: Some(_), .. })
        };
        assert!(health.reasons.iter().any(is_told), "{health}");
        assert!(heard.all().is_empty());

        panics.store(false, Ordering::Relaxed);
        app.resume("Listener").await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("everything is handled, or waits behind what was put aside");
        let replayed = app.dead_events().of("Listener").replay(PATIENCE).await.expect("it is asked for");
        assert_eq!(replayed, Replay::Done { replayed: 10 });
        for pad in 0..PADS {
            let of_pad: Vec<_> =
                heard.all().into_iter().filter(|line| line.starts_with(&format!("pad {pad} "))).collect();
            assert_eq!(of_pad, [format!("pad {pad} one"), format!("pad {pad} two")], "each once, in order");
        }
        app.shutdown().await.expect("it stops");
    });
}

#[query(response = Vec<String>)]
struct ListNotes {}

#[derive(Default)]
struct Reader;

#[invoker]
impl Reader {
    #[invocation_handler]
    async fn list(&self, queries: &Queries<ListNotes>) -> Result<Vec<String>, QueryError> {
        queries.query(ListNotes {}).await
    }
}

macro_rules! swallowing {
    ($module:ident, $connection:ident) => {
        mod $module {
            use evento::sqlx::$connection;

            use super::*;
            use crate::mistakes::pads::Jotted;

            #[derive(Default)]
            struct Notes;

            #[projector(version = 1)]
            impl Notes {
                #[setup]
                async fn create(&self, connection: &mut $connection, tables: &Tables) -> Result<()> {
                    let create =
                        format!("create table {} (note varchar(100) primary key)", tables.name("note"));
                    sqlx::query(AssertSqlSafe(create)).execute(connection).await?;
                    Ok(())
                }

                /// Notes what may be there already, and does not look whether that went well.
                #[event_handler(retry = 0)]
                async fn jotted(
                    &self,
                    event: &Jotted,
                    connection: &mut $connection,
                    tables: &Tables,
                ) -> Result<()> {
                    for note in [&event.pad, &event.text] {
                        let insert = format!("insert into {} values ('{note}')", tables.name("note"));
                        let _ = sqlx::query(AssertSqlSafe(insert)).execute(&mut *connection).await;
                    }
                    Ok(())
                }
            }

            #[derive(Default)]
            struct Shown;

            #[projection(reads(Notes))]
            impl Shown {
                #[query_handler]
                async fn list(
                    &self,
                    _query: &ListNotes,
                    connection: &mut $connection,
                    tables: &Tables,
                ) -> Result<Vec<String>> {
                    let list = format!("select note from {} order by note", tables.name("note"));
                    Ok(sqlx::query_scalar(AssertSqlSafe(list)).fetch_all(connection).await?)
                }
            }

            bundle! { pub Bundle {
                id: "notes",
                version: 1,
                components: [Pad, Writer, Notes, Shown, Reader],
            } }
        }
    };
}

swallowing!(in_a_file, SqliteConnection);
swallowing!(on_postgres, PgConnection);
swallowing!(on_mysql, MySqlConnection);

/// Has three notes noted, the second of which begins with what is there already. Returns what there is then, and what was put aside.
async fn swallows(
    started: Result<App, StartError>,
    store: &SharedStore,
) -> (Vec<String>, Vec<Option<String>>) {
    let app = started.expect("it starts");
    let writer = app.invoker::<Writer>();
    jot(&writer, "a", "one").await;
    jot(&writer, "a", "two").await;
    let last = jot(&writer, "b", "three").await.position().expect("an event");
    app.wait_for_head(PATIENCE).await.expect("nobody is held up");
    let id = ConsumerId { component: "notes/Notes".into(), version: 1, context: "*".into() };
    let record = store.consumer(&id).await.expect("a read").expect("a record");
    assert!(record.checkpoint >= last, "what is done is saved");
    let dead = store.dead_events(&id, Position::START, 9).await.expect("a read");
    let notes = app.invoker::<Reader>().list().await.expect("an answer");
    app.shutdown().await.expect("it stops");
    (notes, dead.into_iter().map(|dead| dead.error).collect())
}

#[test]
fn a_handler_that_swallows_an_sql_error_is_committed_as_a_whole_or_put_aside() {
    run(async {
        let [file, postgres, mysql] = Database::all().await;
        // Here, a statement that fails leaves the transaction as it was: what the handler made of that is its own affair.
        let whole = ["a", "b", "one", "three", "two"];
        let store = file.open().await;
        let started = in_a_file::Bundle::builder().shared_store(store.clone()).start().await;
        assert_eq!(swallows(started, &store).await, (whole.map(str::to_owned).to_vec(), vec![]));
        let store = mysql.open().await;
        let started = on_mysql::Bundle::builder().shared_store(store.clone()).start().await;
        assert_eq!(swallows(started, &store).await, (whole.map(str::to_owned).to_vec(), vec![]));

        // Here, it ends the transaction, which nobody is told by a commit; the event is not lost, nor are those beside it.
        let store = postgres.open().await;
        let started = on_postgres::Bundle::builder().shared_store(store.clone()).start().await;
        let (notes, dead) = swallows(started, &store).await;
        assert_eq!(notes, ["a", "b", "one", "three"]);
        assert!(matches!(&dead[..], [Some(_)]), "{dead:?}");
    });
}

/// A program that knows no notes any more.
mod without_notes {
    use super::*;

    #[aggregate_state]
    pub struct Pad {}

    #[aggregate]
    impl Pad {
        #[aggregate_command_handler]
        fn first(command: Doodle) -> Doodled {
            Doodled { pad: command.pad }
        }

        #[aggregate_command_handler]
        fn doodle(&self, command: Doodle) -> Vec<Doodled> {
            (0..command.times).map(|_| Doodled { pad: command.pad.clone() }).collect()
        }

        #[event_sourcing_handler]
        fn begun(_event: &Doodled) -> Self {
            Self {}
        }

        #[event_sourcing_handler]
        fn went_on(&mut self, _event: &Doodled) {}
    }

    pub struct Listener(Heard);

    #[observer(version = 1)]
    impl Listener {
        #[inject]
        fn new(heard: Heard) -> Self {
            Self(heard)
        }

        #[event_handler(retry = 0)]
        async fn doodled(&self, event: &Doodled) -> Result<()> {
            self.0.push(&event.pad);
            Ok(())
        }
    }

    #[derive(Default)]
    pub struct Drawer;

    #[invoker]
    impl Drawer {
        #[invocation_handler]
        pub async fn doodle(&self, commands: &Commands<Doodle>, pad: String) -> Result<Receipt, SendError> {
            commands.send(Doodle { pad, times: 1 }).await
        }
    }

    bundle! { pub Bundle { id: "ears", version: 1, components: [Pad, Listener, Drawer] } }
}

#[test]
fn an_event_type_that_disappeared_from_the_code_is_told_where_it_matters_and_passed_elsewhere() {
    on_every_store(|store| async move {
        let heard = Heard::default();
        let (app, writer) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        jot(&writer, "a", "one").await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("it stops");
        // Written while nobody listens.
        let (app, writer) = crate::mistakes::pads::desk(&store).await;
        jot(&writer, "a", "two").await;
        app.shutdown().await.expect("it stops");

        let seen = Heard::default();
        let builder = without_notes::Bundle::builder().shared_store(store.clone()).provide(seen.clone());
        let app = builder.start().await.expect("it starts");
        let drawer: Client<without_notes::Drawer> = app.invoker();
        drawer.doodle("b".into()).await.expect("others are not concerned");
        let error = drawer.doodle("a".into()).await.expect_err("nobody knows what it is");
        let is_named = matches!(&error, SendError::Unreadable { source: LoadError::UnknownEvent { .. }, .. });
        assert!(is_named && error.to_string().contains("`Jotted`"), "{error}");
        app.wait_for_head(PATIENCE).await.expect("whoever has no handler for it passes it");
        assert_eq!(seen.all(), ["b"]);
        let status = app.status().await.expect("a status");
        assert!(status.iter().all(|one| one.last_error.is_none() && one.parked == 0), "{status:?}");
        app.shutdown().await.expect("it stops");

        // It is in the log, for whoever has the code again.
        let (app, writer) = ears(&store, &Ear::noting(&heard, |_| Ok(()))).await;
        jot(&writer, "a", "three").await;
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(heard.all(), ["one", "three"], "what was passed is passed");
        app.reset("Listener", Position::START).await.expect("it is known");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(heard.all(), ["one", "three", "one", "two", "three"], "unless somebody puts it back");
        app.shutdown().await.expect("it stops");
    });
}

#[test]
fn of_two_versions_of_a_bundle_at_once_the_later_one_runs_what_both_have_and_the_earlier_one_says_so() {
    on_every_store(|store| async move {
        let (early, late) = (Heard::default(), Heard::default());
        let (old, of_old) = ears(&store, &Ear::noting(&early, |_| Ok(()))).await;
        jot(&of_old, "a", "one").await;
        old.wait_for_head(PATIENCE).await.expect("everything is handled");
        let builder = later::Ears::builder().shared_store(store.clone());
        let builder = builder.provide(Ear::noting(&late, |_| Ok(()))).lease(Duration::from_millis(900));
        let new = builder.start().await.expect("it starts");
        until(&new, "ears/Listener", |one| one.is_owned_here).await;
        let of_new = new.invoker::<Writer>();
        for (writer, text) in [(&of_old, "two"), (&of_new, "three"), (&of_old, "four")] {
            jot(writer, "a", text).await;
        }
        new.wait_for_head(PATIENCE).await.expect("everything is handled");
        // The earlier one may have begun with something before it found out, which does not count.
        assert_eq!(late.all(), ["two", "three", "four"]);
        assert_eq!(early.count("one"), 1);
        let seen = until(&old, "ears/Listener", |one| one.lag == 0).await;
        assert!(!seen.is_owned_here && seen.owner.is_some(), "{seen:?}");
        eventually("health", async || old.health().await.is_ready()).await;
        old.shutdown().await.expect("it stops");

        let builder = Ears::builder().shared_store(store.clone()).provide(Ear::noting(&early, |_| Ok(())));
        let refused = builder.lease(Duration::from_secs(1)).start().await;
        let Err(StartError::Version(VersionError::Newer { consumer, found: 2, running: 1 })) = refused else {
            panic!("an older program must be refused")
        };
        assert_eq!(consumer, listener());
        new.shutdown().await.expect("it stops");
    });
}

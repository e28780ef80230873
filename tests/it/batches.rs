//! What handlers of a projector write in one batch: it is seen as if each row were written at once, and a row that the database
//! refuses is the fault of the event whose handler wrote it.

use std::sync::Arc;

use evento::{
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, SqliteConnection},
    store::{ConsumerId, SharedStore},
};

use tempfile::TempDir;

use crate::stores::{PATIENCE, run};

#[domain_command]
struct Mark {
    #[aggregate_id]
    id: String,
    step: u32,
}

#[domain_event]
struct Marked {
    id: String,
    step: u32,
}

/// Handled with the connection, and not with views.
#[domain_event]
struct Counted {
    id: String,
}

#[aggregate_state]
struct Sheet {}

#[aggregate]
impl Sheet {
    #[aggregate_command_handler]
    fn open(command: Mark) -> Marked {
        Marked { id: command.id, step: command.step }
    }

    #[aggregate_command_handler]
    fn count(&self, command: Mark) -> Counted {
        Counted { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(_event: &Marked) -> Self {
        Self {}
    }

    #[event_sourcing_handler]
    fn counted(&mut self, _event: &Counted) {}
}

#[view]
struct Row {
    #[id]
    id: String,
    #[index]
    kind: String,
    seen: usize,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    /// From now on, the database refuses a row whose id is `bad`.
    #[setup]
    async fn refuse(&self, connection: &mut SqliteConnection) -> evento::Result<()> {
        let trigger = "create trigger refuse before insert on view_row when new.id = 'bad' begin select raise(abort, 'refused'); end;
             create table counted (id text, rows integer)";
        sqlx::raw_sql(trigger).execute(connection).await?;
        Ok(())
    }

    #[event_handler(retry = 0)]
    async fn marked(&self, event: &Marked, views: &Views<Row>) -> evento::Result<()> {
        let row = |seen| Row { id: event.id.clone(), kind: "row".to_owned(), seen };
        if event.step == 1 {
            views.put(row(0)).await?;
            return Ok(());
        }
        // What the handlers before have written is there, and so is what this one writes.
        let seen = views.find(Row::BY_KIND.equals(&"row".to_owned()), Page::new(0, 1_000)).await?.len();
        views.put(row(seen)).await?;
        let own = views.get(&event.id).await?.map(|row| row.seen);
        assert_eq!(own, Some(seen), "a handler sees what it has written");
        assert!(views.delete("deleted").await? == (event.step == 3), "and whether there was what it deletes");
        assert!(views.get("deleted").await?.is_none(), "which is gone");
        Ok(())
    }

    #[event_handler(retry = 0)]
    async fn counted(&self, event: &Counted, connection: &mut SqliteConnection) -> evento::Result<()> {
        let count = "insert into counted select ?, count(*) from view_row";
        sqlx::query(count).bind(&event.id).execute(connection).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Marker;

#[invoker]
impl Marker {
    #[invocation_handler]
    async fn mark(&self, commands: &Commands<Mark>, id: String, step: u32) -> Result<()> {
        commands.send(Mark { id, step }).await?;
        Ok(())
    }
}

bundle! { Past { id: "sheets", version: 1, components: [Sheet, Marker] } }
bundle! { Present { id: "rows", version: 1, components: [Rows] } }

/// Has so many events handled in one batch. Returns the store.
async fn handled(folder: &TempDir, events: &[(&str, u32)]) -> SharedStore {
    let path = folder.path().join("store.db");
    let store: SharedStore = Arc::new(SqliteStore::open(path.to_string_lossy()).await.expect("a file"));
    let past = Past::builder().shared_store(store.clone()).start().await.expect("it starts");
    let marker = past.invoker::<Marker>();
    for (id, step) in events {
        marker.mark((*id).to_owned(), *step).await.expect("it is accepted");
    }
    past.shutdown().await.expect("it stops");
    let present = Present::builder().shared_store(store.clone()).start().await.expect("it starts");
    present.wait_for_head(PATIENCE).await.expect("everything is handled");
    present.shutdown().await.expect("it stops");
    store
}

async fn rows(store: &SharedStore, sql: &'static str) -> Vec<(String, i64)> {
    let mut connection = store.read_connection().await.expect("a connection");
    let connection = connection.connection().and_then(|connection| connection.downcast_mut());
    let connection: &mut SqliteConnection = connection.expect("a connection of SQLite");
    sqlx::query_as(sql).fetch_all(connection).await.expect("rows")
}

const SEEN: &str = "select id, body ->> '$.seen' from view_row order by id";

#[test]
fn handlers_see_what_was_written_before() {
    run(async {
        let folder = TempDir::new().expect("a folder for tests");
        // `a` again is told to the connection.
        let events = [("a", 1), ("b", 1), ("c", 2), ("d", 1), ("a", 1), ("deleted", 1), ("e", 3), ("f", 2)];
        let store = handled(&folder, &events).await;
        let wanted = [("a", 0), ("b", 0), ("c", 2), ("d", 0), ("e", 5), ("f", 5)];
        assert_eq!(rows(&store, SEEN).await, wanted.map(|(id, seen)| (id.to_owned(), seen)));
        let counted = rows(&store, "select id, rows from counted").await;
        assert_eq!(counted, [("a".to_owned(), 4)], "a connection sees what views were given");
        store.close().await;
    });
}

#[test]
fn a_row_that_is_refused_is_the_fault_of_its_own_event() {
    run(async {
        // It is refused when somebody searches, when somebody gets the connection, and at the end.
        for last in [vec![("c", 2)], vec![("a", 1)], vec![]] {
            let folder = TempDir::new().expect("a folder for tests");
            let events: Vec<_> = [("a", 1), ("bad", 1), ("b", 1)].into_iter().chain(last.clone()).collect();
            let store = handled(&folder, &events).await;
            let rows = rows(&store, SEEN).await;
            let ids: Vec<_> = rows.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids, if last == [("c", 2)] { vec!["a", "b", "c"] } else { vec!["a", "b"] });
            let consumer = ConsumerId { component: "rows/Rows".into(), version: 1, context: "*".into() };
            let dead = store.dead_events(&consumer, Position::START, 10).await.expect("dead events");
            assert_eq!(dead.iter().map(|dead| dead.position.0).collect::<Vec<_>>(), [2], "behind {last:?}");
            assert!(dead[0].error.as_deref().is_some_and(|error| error.contains("refused")), "{dead:?}");
            store.close().await;
        }
    });
}

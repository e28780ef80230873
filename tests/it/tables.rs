//! Versions of a projector that writes tables of its own.

use evento::{
    App, Client,
    consumer::VersionState,
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, AssertSqlSafe, SqliteConnection},
};

use crate::{
    shelves::{Build, Shelf},
    stores::{PATIENCE, run},
};

#[query(response = Vec<String>)]
struct ListShelves {}

#[derive(Default)]
struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    async fn build(&self, commands: &Commands<Build>, shelf: String) -> Result<Receipt, SendError> {
        commands.send(Build { shelf }).await
    }

    #[invocation_handler]
    async fn list(&self, queries: &Queries<ListShelves>) -> Result<Vec<String>, QueryError> {
        queries.query(ListShelves {}).await
    }

    #[invocation_handler]
    async fn list_after(
        &self,
        queries: &Queries<ListShelves>,
        receipt: Receipt,
    ) -> Result<Vec<String>, QueryError> {
        queries.query(ListShelves {}).after(&receipt).await
    }
}

async fn create(connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
    let create = format!("create table {} (shelf text primary key, by text not null)", tables.name("shelf"));
    sqlx::query(AssertSqlSafe(create)).execute(connection).await?;
    Ok(())
}

async fn insert(shelf: &str, by: &str, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
    let insert = format!("insert into {} values (?, ?)", tables.name("shelf"));
    sqlx::query(AssertSqlSafe(insert)).bind(shelf).bind(by).execute(connection).await?;
    Ok(())
}

async fn list(connection: &mut SqliteConnection, tables: &Tables) -> Result<Vec<String>> {
    let list = format!("select shelf || ' by ' || by from {} order by shelf", tables.name("shelf"));
    Ok(sqlx::query_scalar(AssertSqlSafe(list)).fetch_all(connection).await?)
}

macro_rules! version {
    ($module:ident, $version:literal, $by:literal) => {
        mod $module {
            use super::*;
            use crate::shelves::Built;

            #[derive(Default)]
            struct Rows;

            #[projector(version = $version)]
            impl Rows {
                #[setup]
                async fn create(&self, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
                    super::create(connection, tables).await
                }

                #[event_handler(retry = 0)]
                async fn built(
                    &self,
                    event: &Built,
                    connection: &mut SqliteConnection,
                    tables: &Tables,
                ) -> Result<()> {
                    insert(&event.shelf, $by, connection, tables).await
                }
            }

            #[derive(Default)]
            struct Lister;

            #[projection(reads(Rows))]
            impl Lister {
                #[query_handler]
                async fn list(
                    &self,
                    _query: &ListShelves,
                    connection: &mut SqliteConnection,
                    tables: &Tables,
                ) -> Result<Vec<String>> {
                    list(connection, tables).await
                }
            }

            bundle! { pub Bundle { id: "tables", version: $version, components: [Shelf, Rows, Lister, Desk] } }
        }
    };
}

version!(first, 1, "the first");
version!(second, 2, "the second");

async fn store(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("test.db").to_string_lossy()).await.expect("a file for tests")
}

#[test]
fn a_projection_reads_the_tables_of_the_version_that_serves() {
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let old =
            first::Bundle::builder().state_store(store(&folder).await).start().await.expect("it starts");
        let desk: Client<Desk> = old.invoker();
        let receipt = desk.build("a".into()).await.expect("it is accepted");
        assert_eq!(desk.list_after(receipt).await.expect("an answer"), ["a by the first"]);

        // A process of its own would have a store of its own.
        let new: App =
            second::Bundle::builder().state_store(store(&folder).await).start().await.expect("it starts");
        let newer: Client<Desk> = new.invoker();
        new.wait_for_head(PATIENCE).await.expect("it is built");
        assert_eq!(newer.list().await.expect("an answer"), ["a by the second"]);
        let receipt = desk.build("b".into()).await.expect("it is accepted");
        let seen = newer.list_after(receipt.clone()).await.expect("an answer");
        assert_eq!(seen, ["a by the second", "b by the second"]);
        let seen = desk.list_after(receipt).await.expect("an answer");
        assert!(seen.len() == 2, "in whichever version it knows: {seen:?}");

        new.activate("Rows", 1).await.expect("it is kept");
        assert_eq!(newer.list().await.expect("an answer"), ["a by the first", "b by the first"]);
        let versions = new.versions("Rows").await.expect("an answer");
        let states: Vec<_> = versions.iter().map(|one| (one.version, one.state)).collect();
        assert_eq!(states, [(1, VersionState::Serving), (2, VersionState::Kept)]);
        new.shutdown().await.expect("it stops");
        old.shutdown().await.expect("it stops");
    });
}

//! Databases for programs that are started with `--store`: one of their own for each test and each kind of store.

use evento::{
    open_store,
    sqlx::{self, AssertSqlSafe, Connection, MySqlConnection, PgConnection, SqliteConnection},
    store::SharedStore,
};
use tempfile::TempDir;

use crate::stores::{server, unique};

/// A database that nobody else uses. A file goes with this value, the others with their server.
pub struct Database {
    kind: Kind,
    address: String,
    _folder: Option<TempDir>,
}

#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let address = format!("sqlite:{}", folder.path().join("test.db").display());
        Self { kind: Kind::Sqlite, address, _folder: Some(folder) }
    }

    pub async fn postgres() -> Self {
        let (server, name) = (server("EVENTO_TEST_POSTGRES"), unique());
        let mut connection = PgConnection::connect(&server).await.expect("a server for tests");
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create).execute(&mut connection).await.expect("a database for tests");
        Self { kind: Kind::Postgres, address: with_database(&server, &name), _folder: None }
    }

    pub async fn mysql() -> Self {
        let (server, name) = (server("EVENTO_TEST_MYSQL"), unique());
        let mut connection = MySqlConnection::connect(&server).await.expect("a server for tests");
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut connection).await.expect("a database for tests");
        Self { kind: Kind::MySql, address: with_database(&server, &name), _folder: None }
    }

    /// One of each kind.
    pub async fn all() -> [Self; 3] {
        [Self::sqlite(), Self::postgres().await, Self::mysql().await]
    }

    /// What `--store` takes.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub async fn open(&self) -> SharedStore {
        open_store(&self.address).await.expect("the database opens")
    }

    /// Runs a statement in which `evento.` stands before each of our tables.
    pub async fn run(&self, statement: &str) {
        let text = |prefix: &str| AssertSqlSafe(statement.replace("evento.", prefix));
        match self.kind {
            Kind::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.address).await.expect("a connection");
                sqlx::raw_sql(text("")).execute(&mut connection).await.map(drop)
            }
            Kind::Postgres => {
                let mut connection = PgConnection::connect(&self.address).await.expect("a connection");
                sqlx::raw_sql(text("evento.")).execute(&mut connection).await.map(drop)
            }
            Kind::MySql => {
                let mut connection = MySqlConnection::connect(&self.address).await.expect("a connection");
                sqlx::raw_sql(text("evento_")).execute(&mut connection).await.map(drop)
            }
        }
        .expect("a statement of the test");
    }
}

/// The address of another database on a server.
fn with_database(server: &str, name: &str) -> String {
    let (scheme, rest) = server.split_once("://").expect("an address");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{name}")
}

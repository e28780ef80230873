//! What the tests are made of.

use std::{
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

use evento_runtime::mysql::{MySqlOptions, MySqlStore};
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection, Row, mysql::MySqlConnectOptions};
use tokio::sync::Mutex;

pub(super) use crate::server_kit::*;

/// The address of the server.
pub(super) fn address() -> String {
    variable("EVENTO_TEST_MYSQL", "MariaDB or MySQL")
}

/// The address of a server that a test may crash.
pub(super) fn fragile_address() -> String {
    variable("EVENTO_TEST_MYSQL_FRAGILE", "MariaDB or MySQL")
}

/// Held by tests while the server that may be crashed is theirs.
pub(super) static FRAGILE: Mutex<()> = Mutex::const_new(());

/// A database that no other test has. It goes when its test succeeds.
pub(super) struct Database {
    pub(super) name: String,
    server: String,
}

impl Database {
    pub(super) fn new() -> Self {
        Self::on(address())
    }

    pub(super) fn on(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        run_apart(&server, format!("create database {name}"), true);
        Self { name, server }
    }

    /// The server without a database.
    pub(super) fn server(&self) -> &str {
        self.server.trim_end_matches('/')
    }

    pub(super) fn address(&self) -> String {
        format!("{}/{}", self.server(), self.name)
    }

    /// The prefix, which no other test has either: the texts of statements tell whose they are.
    pub(super) fn prefix(&self) -> String {
        format!("{}_", self.name)
    }

    pub(super) fn options(&self) -> MySqlOptions {
        MySqlStore::options(self.address()).prefix(self.prefix())
    }

    pub(super) async fn open(&self) -> MySqlStore {
        match self.options().open().await {
            Ok(store) => store,
            Err(error) => panic!("opening the database of a test: {}", words(&error)),
        }
    }

    /// What another program has.
    pub(super) async fn connect(&self) -> MySqlConnection {
        let options = MySqlConnectOptions::from_str(&self.address()).expect("an address");
        options.connect().await.expect("another connection")
    }

    /// Runs statements as another program, `evento_` standing for the prefix.
    pub(super) async fn run(&self, sql: &str) {
        run(&mut self.connect().await, &self.named(sql)).await;
    }

    pub(super) fn named(&self, sql: &str) -> String {
        sql.replace("evento_", &self.prefix())
    }

    /// The connections of other programs to the database that fulfil a condition.
    pub(super) fn connections(&self, condition: &str) -> String {
        format!(
            "select id from information_schema.processlist \
             where id <> connection_id() and db = '{}' and ({condition})",
            self.name
        )
    }

    /// Ends the connections that a query names. Returns how many there were.
    pub(super) async fn kill(&self, watcher: &mut MySqlConnection, query: &str) -> usize {
        let query = AssertSqlSafe(query.to_owned());
        let found = sqlx::query(query).fetch_all(&mut *watcher).await.expect("the list of connections");
        let mut killed = 0;
        for row in found {
            let id: u64 = row.get_unchecked::<i64, _>(0).unsigned_abs();
            let kill = sqlx::raw_sql(AssertSqlSafe(format!("kill {id}")));
            // It may have ended meanwhile.
            killed += usize::from(kill.execute(&mut *watcher).await.is_ok());
        }
        killed
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let sql = format!("set lock_wait_timeout = 5; drop database if exists {}", self.name);
            // What is left behind goes with the server.
            run_apart(&self.server, sql, false);
        }
    }
}

/// Runs a statement in a thread of its own: the runtime of a test is busy with the test.
fn run_apart(server: &str, sql: String, must: bool) {
    let server = server.to_owned();
    let running = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let options = MySqlConnectOptions::from_str(&server).expect("an address");
            let done = match options.connect().await {
                Ok(mut connection) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                assert!(!must, "{}", words(&error));
            }
        });
    });
    assert!(running.join().is_ok() || !must, "the server must be there");
}

pub(super) async fn run(connection: &mut MySqlConnection, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    sql.execute(connection).await.expect("a statement of another program");
}

/// The number that a query gives.
pub(super) async fn number(connection: &mut MySqlConnection, sql: &str) -> i64 {
    let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await;
    row.expect("a row").get_unchecked(0)
}

pub(super) fn mysql(connection: Option<&mut (dyn std::any::Any + Send)>) -> &mut MySqlConnection {
    connection.and_then(|connection| connection.downcast_mut()).expect("a connection to MySQL")
}

//! What the tests are made of.

use std::{
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

use evento_runtime::postgres::{PostgresOptions, PostgresStore};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row, postgres::PgConnectOptions};

pub(super) use crate::server_kit::*;

/// The address of the server.
pub(super) fn address() -> String {
    variable("EVENTO_TEST_POSTGRES", "PostgreSQL")
}

/// The address of a server that a test may crash.
pub(super) fn fragile_address() -> String {
    variable("EVENTO_TEST_POSTGRES_FRAGILE", "PostgreSQL")
}

/// A schema that no other test has. It goes when its test succeeds.
pub(super) struct Schema {
    pub(super) name: String,
    server: String,
    isolation: Option<&'static str>,
}

impl Schema {
    pub(super) fn new() -> Self {
        Self::on(address())
    }

    pub(super) fn on(server: String) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("test_{}_{number}", std::process::id()), server, isolation: None }
    }

    /// For sessions whose transactions have another isolation level unless they say which.
    pub(super) fn with_isolation(isolation: &'static str) -> Self {
        let mut schema = Self::new();
        schema.isolation = Some(isolation);
        schema
    }

    pub(super) fn address(&self) -> String {
        match self.isolation {
            Some(isolation) => {
                let set = format!("-c default_transaction_isolation={}", isolation.replace(' ', "\\ "));
                let encoded: String = set.bytes().map(|byte| format!("%{byte:02x}")).collect();
                format!("{}?options={encoded}", self.server)
            }
            None => self.server.clone(),
        }
    }

    pub(super) fn options(&self) -> PostgresOptions {
        PostgresStore::options(self.address()).schema(self.name.clone())
    }

    pub(super) async fn open(&self) -> PostgresStore {
        match self.options().open().await {
            Ok(store) => store,
            Err(error) => panic!("opening the schema of a test: {}", words(&error)),
        }
    }

    /// What another program has.
    pub(super) async fn connect(&self) -> PgConnection {
        let options = PgConnectOptions::from_str(&self.server).expect("an address");
        options.connect().await.expect("another connection")
    }

    /// Runs statements as another program, `evento` standing for the schema.
    pub(super) async fn run(&self, sql: &str) {
        run(&mut self.connect().await, &self.named(sql)).await;
    }

    /// A pattern for the texts of statements that name the schema, and no schema whose name begins with its.
    pub(super) fn pattern(&self) -> String {
        format!("'%{}\"%'", self.name)
    }

    pub(super) fn named(&self, sql: &str) -> String {
        sql.replace("evento.", &format!("{}.", self.name))
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let (server, sql) = (
            self.server.clone(),
            format!("set lock_timeout = '5s'; drop schema if exists {} cascade", self.name),
        );
        // A test's own runtime is busy with the test.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let options = PgConnectOptions::from_str(&server).expect("an address");
                // What is left behind goes with the server.
                if let Ok(mut connection) = options.connect().await {
                    let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
                }
            });
        });
        let _ = dropping.join();
    }
}

pub(super) async fn run(connection: &mut PgConnection, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    sql.execute(connection).await.expect("a statement of another program");
}

/// The number that a query gives.
pub(super) async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    let row = sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await;
    row.expect("a row").get(0)
}

pub(super) fn postgres(connection: Option<&mut (dyn std::any::Any + Send)>) -> &mut PgConnection {
    connection.and_then(|connection| connection.downcast_mut()).expect("a connection to PostgreSQL")
}

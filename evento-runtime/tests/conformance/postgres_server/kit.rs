//! What the tests are made of.

use std::{
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};

use evento_runtime::postgres::{PostgresOptions, PostgresStore};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, postgres::PgConnectOptions};

/// The address of the server.
pub(super) fn address() -> String {
    std::env::var("EVENTO_TEST_POSTGRES").expect(
        "set EVENTO_TEST_POSTGRES to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one",
    )
}

/// A schema that no other test has.
pub(super) struct Schema {
    pub(super) name: String,
    role: Option<&'static str>,
}

impl Schema {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { name: format!("test_{}_{number}", std::process::id()), role: None }
    }

    /// For a role of its own, whose transactions have another isolation level unless they say which.
    pub(super) fn of_role(isolation: &'static str) -> Self {
        Self { role: Some(isolation), ..Self::new() }
    }

    pub(super) fn address(&self) -> String {
        match self.role {
            Some(isolation) => {
                let set = format!("-c default_transaction_isolation={}", isolation.replace(' ', "\\ "));
                let encoded: String =
                    set.bytes().map(|byte| format!("%{byte:02x}")).collect();
                format!("{}?options={encoded}", address())
            }
            None => address(),
        }
    }

    pub(super) fn options(&self) -> PostgresOptions {
        PostgresStore::options(self.address()).schema(self.name.clone())
    }

    pub(super) async fn open(&self) -> PostgresStore {
        self.options().open().await.expect("opening the schema of a test")
    }

    /// Runs statements as another program, `evento` standing for the schema.
    pub(super) async fn run(&self, sql: &str) {
        run(&mut connect().await, &self.named(sql)).await;
    }

    pub(super) fn named(&self, sql: &str) -> String {
        sql.replace("evento.", &format!("{}.", self.name))
    }
}

/// What another program has.
pub(super) async fn connect() -> PgConnection {
    let options = PgConnectOptions::from_str(&address()).expect("an address");
    options.connect().await.expect("another connection")
}

pub(super) async fn run(connection: &mut PgConnection, sql: &str) {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    sql.execute(connection).await.expect("a statement of another program");
}

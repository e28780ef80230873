//! The suite on MariaDB or MySQL, and what only a store there must do.
//!
//! The tests need a server, whose address without a database is in `EVENTO_TEST_MYSQL`, and another one that may be crashed,
//! whose address is in `EVENTO_TEST_MYSQL_FRAGILE`; `cargo xtask test` starts both. The user may do everything. Each test works
//! in a database of its own.

mod addresses;
mod faults;
mod handlers;
mod kit;
mod limits;
mod processes;

use std::sync::Arc;

use async_trait::async_trait;
use evento_runtime::{conformance::StoreFactory, conformance_tests, mysql::MySqlStore, store::SharedStore};
use sqlx::mysql::MySqlPoolOptions;

use self::kit::Database;

/// A database of its own, opened in some way.
struct MySql {
    database: Database,
    prepared: bool,
    /// What the sessions of a pool that is given to the store are told at their begin.
    session: Option<&'static str>,
}

impl MySql {
    fn new() -> Self {
        Self { database: Database::new(), prepared: true, session: None }
    }

    fn without_prepared_statements() -> Self {
        Self { prepared: false, ..Self::new() }
    }

    fn in_sessions(session: &'static str) -> Self {
        Self { session: Some(session), ..Self::new() }
    }
}

#[async_trait]
impl StoreFactory for MySql {
    async fn open(&self) -> SharedStore {
        let options = match self.session {
            None => self.database.options(),
            Some(session) => {
                let pool = MySqlPoolOptions::new().max_connections(10).after_connect(move |connection, _| {
                    Box::pin(async move { sqlx::raw_sql(session).execute(connection).await.map(drop) })
                });
                let pool = pool.connect(&self.database.address()).await.expect("a pool");
                MySqlStore::pool_options(pool).prefix(self.database.prefix())
            }
        };
        let options = options.prepared_statements(self.prepared);
        Arc::new(options.open().await.expect("opening the database of a test"))
    }
}

conformance_tests!(suite, MySql::new());
conformance_tests!(without_prepared_statements, MySql::without_prepared_statements());
conformance_tests!(
    repeatable_read,
    MySql::in_sessions("set session transaction isolation level repeatable read")
);
conformance_tests!(
    // A pool whose sessions have nothing that the store would like to have.
    hostile_sessions,
    MySql::in_sessions(
        "set session transaction isolation level serializable; \
         set session autocommit = 0, sql_safe_updates = 1, \
         sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE'"
    )
);

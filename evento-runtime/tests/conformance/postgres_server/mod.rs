//! The suite on PostgreSQL, and what only a store there must do.
//!
//! The tests need a server, whose address is in `EVENTO_TEST_POSTGRES`, and another one that may be crashed, whose address is in
//! `EVENTO_TEST_POSTGRES_FRAGILE`; `cargo xtask test` starts both. The user is a superuser. Each test works in a schema of its
//! own.

mod addresses;
mod faults;
mod handlers;
mod kit;
mod processes;

use std::sync::Arc;

use async_trait::async_trait;
use evento_runtime::{conformance::StoreFactory, conformance_tests, store::SharedStore};

use self::kit::Schema;

/// A schema of its own, opened in some way.
struct Postgres {
    schema: Schema,
    prepared: bool,
}

#[async_trait]
impl StoreFactory for Postgres {
    async fn open(&self) -> SharedStore {
        let options = self.schema.options().prepared_statements(self.prepared);
        Arc::new(options.open().await.expect("opening the schema of a test"))
    }
}

fn with_isolation(isolation: &'static str) -> Postgres {
    Postgres { schema: Schema::with_isolation(isolation), prepared: true }
}

conformance_tests!(suite, Postgres { schema: Schema::new(), prepared: true });
conformance_tests!(without_prepared_statements, Postgres { schema: Schema::new(), prepared: false });
conformance_tests!(repeatable_read, with_isolation("repeatable read"));
conformance_tests!(serializable, with_isolation("serializable"));

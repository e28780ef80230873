//! The suite on PostgreSQL, and what only a store there must do.
//!
//! The tests need a server, whose address is in `EVENTO_TEST_POSTGRES`; `cargo xtask test` starts one. Its user may create
//! schemas and roles. Each test works in a schema of its own, which it drops when it succeeds.

mod kit;

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

fn as_role(role: &'static str) -> Postgres {
    Postgres { schema: Schema::of_role(role), prepared: true }
}

conformance_tests!(suite, Postgres { schema: Schema::new(), prepared: true });
conformance_tests!(without_prepared_statements, Postgres { schema: Schema::new(), prepared: false });
conformance_tests!(repeatable_read, as_role("repeatable read"));
conformance_tests!(serializable, as_role("serializable"));

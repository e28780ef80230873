//! What the tests need beside the code: memory and SQLite come with the program, servers do not.

use std::path::Path;

use anyhow::Result;

use crate::{
    project,
    servers::{Product, Server},
};

/// The variables that name a server to the tests. The fragile ones are for tests that crash them.
const SERVERS: [(&str, Product, &str); 4] = [
    ("EVENTO_TEST_POSTGRES", Product::Postgres, "shared"),
    ("EVENTO_TEST_POSTGRES_FRAGILE", Product::Postgres, "fragile"),
    ("EVENTO_TEST_MYSQL", Product::MariaDb, "shared"),
    ("EVENTO_TEST_MYSQL_FRAGILE", Product::MariaDb, "fragile"),
];

/// What was put in place for the tests; it is there as long as this value is.
#[derive(Default)]
pub(super) struct Environment {
    servers: Vec<(&'static str, Server)>,
}

impl Environment {
    /// Puts everything in place that nobody has named already.
    pub(super) fn prepare(root: &Path) -> Result<Self> {
        let target = project::target(root);
        let mut servers = Vec::new();
        for (variable, product, name) in SERVERS {
            if std::env::var_os(variable).is_none() {
                servers.push((variable, Server::start(product, &target, name, &[])?));
            }
        }
        Ok(Self { servers })
    }

    /// The variables that tell the tests where everything is.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.servers.iter().map(|(variable, server)| (*variable, server.address()))
    }
}

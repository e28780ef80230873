//! What the tests need beside the code: memory and SQLite come with the program, a PostgreSQL server does not.

use std::path::Path;

use anyhow::Result;

use crate::{
    project,
    servers::{Product, Server},
};

/// The variables that name a server to the tests. The second one is for tests that crash it.
const POSTGRES: [(&str, &str); 2] =
    [("EVENTO_TEST_POSTGRES", "shared"), ("EVENTO_TEST_POSTGRES_FRAGILE", "fragile")];

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
        for (variable, name) in POSTGRES {
            if std::env::var_os(variable).is_none() {
                servers.push((variable, Server::start(Product::Postgres, &target, name, &[])?));
            }
        }
        Ok(Self { servers })
    }

    /// The variables that tell the tests where everything is.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.servers.iter().map(|(variable, server)| (*variable, server.address()))
    }
}

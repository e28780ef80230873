//! Where events are kept while they are measured: an empty database for each measurement.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::json;

use super::program::Prepared;
use crate::servers::{Product, Server};

/// A store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Memory,
    SqliteFull,
    SqliteNormal,
    Postgres,
    Mariadb,
}

impl Store {
    /// For programs.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::SqliteFull => "sqlite_full",
            Self::SqliteNormal => "sqlite_normal",
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        }
    }

    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::SqliteFull => "SQLite FULL",
            Self::SqliteNormal => "SQLite NORMAL",
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
        }
    }
}

/// What a server is started with beyond what it does by itself: memory enough for all that is measured, no checkpoint in the
/// middle of a measurement, and durability as it is by default.
pub(super) const POSTGRES_SETTINGS: [&str; 3] =
    ["shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=1h"];
pub(super) const MARIADB_SETTINGS: [&str; 2] = ["innodb-buffer-pool-size=512M", "innodb-log-file-size=1G"];

/// The servers and files.
pub(super) struct Places {
    folder: PathBuf,
    /// Makes databases.
    program: PathBuf,
    postgres: Option<Server>,
    postgres_version: Option<String>,
    mariadb: Option<Server>,
    mariadb_version: Option<String>,
}

impl Places {
    /// Files will lie in a folder of their own within `target`; servers are started when they are needed.
    pub(super) fn new(target: &Path, program: PathBuf) -> Result<Self> {
        let folder = target.join(format!("bench-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self {
            folder,
            program,
            postgres: None,
            postgres_version: None,
            mariadb: None,
            mariadb_version: None,
        })
    }

    /// An address at which there is nothing yet.
    pub(super) fn empty(&mut self, store: Store) -> Result<String> {
        self.empty_named(store, "bench")
    }

    /// An address at which there is nothing yet, and which is used for nothing else.
    pub(super) fn empty_named(&mut self, store: Store, name: &str) -> Result<String> {
        match store {
            Store::Memory => Ok(String::new()),
            Store::SqliteFull | Store::SqliteNormal => self.empty_file(name),
            Store::Postgres => {
                let server = server(&mut self.postgres, Product::Postgres, &self.folder, &POSTGRES_SETTINGS)?;
                let (address, version) = empty_database(&self.program, server, store, name)?;
                self.postgres_version = version;
                Ok(address)
            }
            Store::Mariadb => {
                let server = server(&mut self.mariadb, Product::MariaDb, &self.folder, &MARIADB_SETTINGS)?;
                let (address, version) = empty_database(&self.program, server, store, name)?;
                self.mariadb_version = version;
                Ok(address)
            }
        }
    }

    fn empty_file(&self, name: &str) -> Result<String> {
        let file = self.folder.join(format!("{name}.db")).display().to_string();
        for end in ["", "-wal", "-shm"] {
            let file = format!("{file}{end}");
            if Path::new(&file).exists() {
                fs::remove_file(&file).with_context(|| format!("{file} cannot be removed"))?;
            }
        }
        Ok(file)
    }

    /// Makes everything cold: starts the server anew, and has the system forget what it has read. Whether it did the latter,
    /// which only root may ask for.
    pub(super) fn chill(&mut self, store: Store) -> Result<bool> {
        if let Some(server) = self.postgres.as_mut().filter(|_| store == Store::Postgres) {
            server.stop_at_once()?;
        }
        // What was not written yet cannot be forgotten.
        let written = Command::new("sync").status().is_ok_and(|status| status.success());
        let forgotten = written && fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
        if let Some(server) = self.postgres.as_mut().filter(|_| store == Store::Postgres) {
            server.start_again()?;
        }
        Ok(forgotten)
    }

    /// Where files lie.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the PostgreSQL server says of itself; nothing when none was needed.
    pub(super) fn postgres_version(&self) -> Option<&str> {
        self.postgres_version.as_deref()
    }

    /// What the MariaDB server says of itself; nothing when none was needed.
    pub(super) fn mariadb_version(&self) -> Option<&str> {
        self.mariadb_version.as_deref()
    }
}

/// The server of a product, which is started when it is not there yet.
fn server<'a>(
    known: &'a mut Option<Server>,
    product: Product,
    within: &Path,
    settings: &[&str],
) -> Result<&'a Server> {
    let started = match known.take() {
        Some(server) => server,
        None => Server::start(product, within, "bench", settings)?,
    };
    Ok(known.insert(started))
}

/// The address of a database with nothing in it, and the version of its server.
fn empty_database(
    program: &Path,
    server: &Server,
    store: Store,
    name: &str,
) -> Result<(String, Option<String>)> {
    let (scheme, rest) = server.address().split_once("://").context("an address without a scheme")?;
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let address = format!("{scheme}://{host}/{name}");
    let request = json!({
        "side": "floor",
        "store": store.id(),
        "address": address,
        "workload": { "kind": "empty" },
    });
    let version = Prepared::start(program, &request)?.measure()?.version;
    Ok((address, version))
}

impl Drop for Places {
    fn drop(&mut self) {
        // Its folder may lie within.
        drop((self.postgres.take(), self.mariadb.take()));
        // What cannot be removed lies among the results of builds, where nobody minds.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

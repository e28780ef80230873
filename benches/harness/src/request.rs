//! What a program is asked to measure.

use anyhow::{Context, Result};
use serde::Deserialize;

/// One measurement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who is measured.
    pub side: Side,
    /// Where events are kept.
    pub store: Store,
    /// The address of the database, or the path of the file; nothing for memory.
    #[serde(default)]
    pub address: String,
    /// Whether to begin with an empty database. A second process joins the first one's.
    #[serde(default = "yes")]
    pub fresh: bool,
    /// What is done.
    pub workload: Workload,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// evento, through its public API.
    Ours,
    /// Statements written by hand.
    Floor,
    /// Statements written by hand which give dense positions by a lock that each append takes.
    Locked,
    /// cqrs-es.
    CqrsEs,
}

/// Where events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// The memory of the process.
    Memory,
    /// A SQLite file whose commits are on the disk before they are answered.
    SqliteFull,
    /// A SQLite file whose commits reach the disk some time later.
    SqliteNormal,
    /// A PostgreSQL database.
    Postgres,
    /// A MariaDB database.
    Mariadb,
}

/// What is done.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Workload {
    /// Nothing is measured: the database of the address is dropped and made anew, and the server says its version.
    Empty {},
    /// Load, check, append one event with optimistic concurrency.
    Commands {
        /// How many tasks send at the same time.
        tasks: usize,
        /// How many commands all of them send together.
        count: usize,
        /// How many accounts there are.
        accounts: usize,
        /// The number of the first account, so that two processes have accounts of their own.
        #[serde(default)]
        first_account: usize,
        /// Whether each task sends to all accounts, instead of to those of its own.
        #[serde(default)]
        hot: bool,
    },
    /// From the call that sends a command to an aggregate until its handler runs.
    Load {
        /// How many events the aggregate has.
        events: usize,
        /// Where its state comes from.
        from: From,
        /// How often it is loaded.
        repeat: usize,
    },
    /// Handling what is in the log, with a durable checkpoint.
    CatchUp {
        /// How many events there are.
        events: usize,
        /// Whether the handler writes a row for each event, in the transaction of the checkpoint.
        write: bool,
    },
    /// From the call that appends until a handler has the event, while nothing else happens.
    Latency {
        /// How many events there are.
        count: usize,
        /// What this process does.
        role: Role,
    },
    /// Fills a log for [`Workload::Growth`], which is not measured.
    Fill {
        /// How many streams there are.
        streams: usize,
    },
    /// What becomes slower when the log grows.
    Growth {
        /// How many streams were filled.
        streams: usize,
        /// What is measured.
        what: Growth,
        /// How often.
        count: usize,
    },
}

/// Where the state of an aggregate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// All of its events.
    Replay,
    /// Its snapshot, and the events behind it.
    Snapshot,
    /// The memory of the process.
    Cache,
}

/// What a process does while latency is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It appends and handles.
    Both,
    /// It appends.
    Send,
    /// It handles what the other process appends.
    Hear,
}

/// What is measured of a log that has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// Commands, sent by 16 tasks to 200 of the aggregates.
    Append,
    /// Loading aggregates, each for the first time, by their snapshots.
    Load,
    /// Reading batches of the log.
    Fetch,
}

impl Request {
    /// The request in the program's only argument.
    ///
    /// # Errors
    /// When there is none, or it is not understood.
    pub fn from_arguments() -> Result<Self> {
        let argument = std::env::args().nth(1).context("give a request as JSON: `cargo xtask bench` does")?;
        serde_json::from_str(&argument).with_context(|| format!("not a request: {argument}"))
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read() {
        let text = r#"{"side":"cqrs_es","store":"sqlite_full","address":"a.db",
            "workload":{"kind":"commands","tasks":16,"count":100,"accounts":4,"hot":true}}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        assert!(request.fresh && request.side == Side::CqrsEs && request.store == Store::SqliteFull);
        assert!(matches!(
            request.workload,
            Workload::Commands { tasks: 16, hot: true, first_account: 0, .. }
        ));
    }

    #[test]
    fn a_misspelt_request_is_refused() {
        let text = r#"{"side":"ours","store":"memory","workload":{"kind":"commands","tasks":1,"count":1,"acounts":1}}"#;
        serde_json::from_str::<Request>(text).expect_err("a field is misspelt");
    }
}

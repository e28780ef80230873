//! A reader that is known to lose events.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::Store;
use crate::servers::{Product, Server};

/// Runs it. Returns whether the count has found what it lost.
pub(super) fn run(target: &Path, program: &Path, store: Store, time: Duration) -> Result<bool> {
    ensure!(
        store == Store::Postgres,
        "the naive reader trusts a sequence of PostgreSQL: give `--store postgres`"
    );
    let server = Server::start(Product::Postgres, target, "naive", &[])?;
    let ran = Command::new(program)
        .args(["naive", "--store", server.address(), "--seconds", &time.as_secs().to_string()])
        .stdin(Stdio::null())
        .status()
        .context("the program of the torture cannot be started")?;
    let found = ran.success();
    println!("{}", if found { "the count has found losses, as it must" } else { "no loss was found" });
    Ok(found)
}

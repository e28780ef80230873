//! Running cargo so that its output is seen while it comes, and read.

use std::{
    io::{BufRead, BufReader, Write, stdout},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::environment::Environment;

/// Runs cargo, shows every line at once and hands it to `each`. Returns whether cargo succeeded.
pub(super) fn run(
    root: &Path,
    arguments: &[&str],
    environment: &Environment,
    mut each: impl FnMut(&str),
) -> Result<bool> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root)
        .envs(environment.variables())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let output = cargo.stdout.take().context("cargo was started without its output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("the output of cargo cannot be read")?;
        let mut shown = stdout().lock();
        shown.write_all(&line).and_then(|()| shown.write_all(b"\n")).context("output cannot be shown")?;
        each(&String::from_utf8_lossy(&line));
    }
    Ok(cargo.wait().context("cargo did not end")?.success())
}

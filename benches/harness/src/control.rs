//! How `cargo xtask bench` and a program that is measured keep in step.
//!
//! The program speaks through its standard error, since a framework may print what it likes to the standard output. What begins
//! otherwise than with [`MARK`] is for people.

use std::io::{Write, stderr, stdin};

use anyhow::{Context, Result, ensure};

use crate::Sample;

/// How a line begins that is for `cargo xtask bench`.
pub const MARK: &str = "bench: ";

/// Says that everything is prepared, and waits for the word to begin: two processes begin at the same time.
///
/// # Errors
/// When whoever started this program has gone.
pub fn ready() -> Result<()> {
    writeln!(stderr(), "{MARK}ready").context("nobody listens")?;
    let mut line = String::new();
    let read = stdin().read_line(&mut line).context("there is no word to begin")?;
    ensure!(read > 0, "nobody waits for the measurement");
    Ok(())
}

/// Tells what was measured.
///
/// # Errors
/// When whoever started this program has gone.
pub fn tell(sample: &Sample) -> Result<()> {
    let line = serde_json::to_string(sample).context("a sample that is no JSON")?;
    writeln!(stderr(), "{MARK}{line}").context("nobody listens")
}

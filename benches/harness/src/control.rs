//! How `cargo xtask bench` and a program that is measured keep in step.

use std::io::{Write, stdin, stdout};

use anyhow::{Context, Result, ensure};

use crate::Sample;

/// Says that everything is prepared, and waits for the word to begin: two processes begin at the same time.
///
/// # Errors
/// When whoever started this program has gone.
pub fn ready() -> Result<()> {
    let mut output = stdout().lock();
    writeln!(output, "ready").and_then(|()| output.flush()).context("nobody listens")?;
    drop(output);
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
    writeln!(stdout(), "{line}").context("nobody listens")
}

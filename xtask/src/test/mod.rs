//! `cargo xtask test`: everything that a fresh machine needs, then all tests and a short torture of each store, then how many
//! there were.

mod cargo;
mod environment;
mod summary;
mod torture;

use std::process::ExitCode;

use anyhow::Result;

use self::{environment::Environment, summary::Summary};
use crate::project;

/// Builds everything, runs all tests, and says how they ended. `arguments` go to the test programs.
///
/// Without a choice of targets, `cargo test` builds the libraries, the test programs and the examples (as programs, so
/// that a test can spawn them) before it runs the first test, and ends with the doc tests: one invocation and one set of
/// features, so that nothing is compiled twice. `--all-targets` would leave out the doc tests, and build the examples
/// as tests. Benchmarks are compiled by clippy.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let root = project::root();
    let environment = Environment::prepare(&root)?;
    let mut summary = Summary::default();
    let mut test = vec!["test", "--workspace", "--all-features", "--no-fail-fast", "--"];
    test.extend(arguments.iter().map(String::as_str));
    let succeeded = cargo::run(&root, &test, &environment, |line| summary.read(line))?;
    summary.close(succeeded);
    torture::run(&root, arguments, &mut summary)?;
    println!("\n{summary}");
    Ok(if succeeded && summary.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

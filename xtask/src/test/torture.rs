//! A short torture of each store, as tests among the others.

use std::path::Path;

use anyhow::Result;

use super::summary::Summary;
use crate::torture::{self, LogOptions, Store};

/// Tortures the stores whose tests are asked for by `arguments`, which are those of test programs. The program of the
/// torture was built with the tests.
pub(super) fn run(root: &Path, arguments: &[String], summary: &mut Summary) -> Result<()> {
    let chosen: Vec<(Store, String)> = Store::ALL
        .into_iter()
        .map(|store| (store, format!("torture::log::{}", store.name())))
        .filter(|(_, name)| is_chosen(name, arguments))
        .collect();
    let program = torture::program(root);
    // When it was not built, that was told.
    if chosen.is_empty() || !program.is_file() {
        return Ok(());
    }
    let mut say = |line: String| {
        println!("{line}");
        summary.read(&line);
    };
    let (mut passed, mut failed) = (0, 0);
    say(format!("running {} tests", chosen.len()));
    for (store, name) in chosen {
        let end = match torture::run_log(root, &program, &LogOptions::short(store)) {
            Ok(true) => "ok",
            Ok(false) => "FAILED",
            Err(error) => {
                println!("error: {error:#}");
                "FAILED"
            }
        };
        if end == "ok" {
            passed += 1
        } else {
            failed += 1
        }
        say(format!("test {name} ... {end}"));
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    say(format!("test result: {result}. {passed} passed; {failed} failed; 0 ignored"));
    Ok(())
}

/// Whether a test program would run a test of this name.
fn is_chosen(name: &str, arguments: &[String]) -> bool {
    let mut parts = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
    let lists = arguments.iter().any(|argument| argument == "--list");
    !lists && (parts.peek().is_none() || parts.any(|part| name.contains(part.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tortures_are_chosen_as_tests_are() {
        let chosen = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            is_chosen("torture::log::sqlite", &arguments)
        };
        assert!(chosen(&[]) && chosen(&["--nocapture"]) && chosen(&["deposit", "sqlite"]));
        assert!(!chosen(&["deposit"]) && !chosen(&["--list"]));
    }
}

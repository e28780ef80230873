//! A short torture of each store, as tests among the others.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::summary::Summary;
use crate::torture::{self, AppOptions, LogOptions, Store};

/// What is tortured.
#[derive(Clone, Copy)]
enum Subject {
    Log,
    App,
}

impl Subject {
    fn test_on(self, store: Store) -> String {
        match self {
            Self::Log => format!("torture::log::{}", store.name()),
            Self::App => format!("torture::app::{}", store.name()),
        }
    }

    fn program(self, root: &Path) -> PathBuf {
        match self {
            Self::Log => torture::program(root),
            Self::App => torture::app_program(root),
        }
    }

    fn torture(self, root: &Path, store: Store) -> Result<bool> {
        match self {
            Self::Log => torture::run_log(root, &self.program(root), &LogOptions::short(store)),
            Self::App => torture::run_app(root, &self.program(root), &AppOptions::short(store)),
        }
    }
}

/// Tortures on the stores whose tests are asked for by `arguments`, which are those of test programs. The programs of the
/// tortures were built with the tests.
pub(super) fn run(root: &Path, arguments: &[String], summary: &mut Summary) -> Result<()> {
    let all =
        [Subject::Log, Subject::App].into_iter().flat_map(|subject| Store::ALL.map(|store| (subject, store)));
    let chosen: Vec<(Subject, Store)> = all
        .filter(|(subject, store)| is_chosen(&subject.test_on(*store), arguments))
        // When it was not built, that was told.
        .filter(|(subject, _)| subject.program(root).is_file())
        .collect();
    if chosen.is_empty() {
        return Ok(());
    }
    let mut say = |line: String| {
        println!("{line}");
        summary.read(&line);
    };
    let (mut passed, mut failed) = (0, 0);
    say(format!("running {} tests", chosen.len()));
    for (subject, store) in chosen {
        let end = match subject.torture(root, store) {
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
        say(format!("test {} ... {end}", subject.test_on(store)));
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

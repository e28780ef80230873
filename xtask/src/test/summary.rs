//! How many tests ran and how they ended, read from what libtest prints.

use std::fmt;

/// The results of all test programs together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// A program failed without saying which test; told as one failure.
    silent: bool,
    failures: Vec<String>,
}

impl Summary {
    /// Takes a line of output into account: the result of a program, or of a test that failed.
    pub(super) fn read(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some(result) = line.trim_start().strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
        } else if let Some(test) =
            line.strip_prefix("test ").and_then(|test| test.strip_suffix(" ... FAILED"))
        {
            self.failures.push(test.to_owned());
        }
    }

    /// Takes into account that cargo failed: when no test says that it did, then a program was not built, or died.
    pub(super) fn count_silent_failure(&mut self) {
        self.silent = self.failed == 0;
    }

    /// Whether tests ran and none failed.
    pub(super) fn is_success(&self) -> bool {
        self.passed > 0 && self.failed == 0 && !self.silent
    }
}

impl fmt::Display for Summary {
    /// The last line is for machines: `N passed, N failed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "FAILED {failure}")?;
        }
        if self.silent {
            writeln!(f, "FAILED a program that could not be built, or died; see above")?;
        }
        let ran = self.passed + self.failed;
        writeln!(f, "{ran} tests ran, {} were ignored", self.ignored)?;
        if ran == 0 {
            writeln!(f, "no test ran, which proves nothing")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed + u64::from(self.silent))
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let Some((before, _)) = text.split_once(word) else { return 0 };
    let digits = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    before[digits..].parse().unwrap_or(0)
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Summary {
        let mut summary = Summary::default();
        lines.lines().for_each(|line| summary.read(line));
        summary
    }

    #[test]
    fn results_of_all_programs_add_up() {
        let summary = read(
            "running 3 tests\n\
             test a ... ok\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
             test b::c ... FAILED\n\
             test result: FAILED. 12 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s",
        );
        let failures = vec!["b::c".to_owned()];
        assert_eq!(summary, Summary { passed: 15, failed: 1, ignored: 1, silent: false, failures });
        assert!(!summary.is_success());
        assert!(summary.to_string().starts_with("FAILED b::c\n16 tests ran"));
        assert_eq!(summary.to_string().lines().last(), Some("15 passed, 1 failed"));
    }

    #[test]
    fn colours_do_not_matter() {
        let line =
            "test result: \u{1b}[32mok\u{1b}[m. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert!(read(line).is_success());
        assert_eq!(read(line).passed, 7);
    }

    #[test]
    fn no_tests_are_no_success() {
        let line = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out";
        assert!(!read(line).is_success());
        assert!(read(line).to_string().contains("no test ran"));
    }

    #[test]
    fn a_program_that_dies_is_a_failure() {
        let mut summary = read("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        summary.count_silent_failure();
        assert!(!summary.is_success());
        assert_eq!(summary.to_string().lines().last(), Some("2 passed, 1 failed"));
    }

    #[test]
    fn a_failure_that_was_told_is_counted_once() {
        let mut summary =
            read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        summary.count_silent_failure();
        assert_eq!(summary.to_string().lines().last(), Some("2 passed, 1 failed"));
    }
}

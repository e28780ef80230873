//! How many tests ran and how they ended, read from what libtest prints.

use std::fmt;

/// The results of all test programs together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    passed: u64,
    failed: u64,
    ignored: u64,
    failures: Vec<String>,
    /// The program that is running.
    running: Option<Running>,
}

/// What the tests of a program say that has not told its result yet.
#[derive(Debug, Default, PartialEq, Eq)]
struct Running {
    passed: u64,
    failed: u64,
}

impl Summary {
    /// Takes a line of output into account: the beginning of a program, the end of a test, or the result of a program.
    pub(super) fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
            self.running = None;
        } else if line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")) {
            self.close_program();
            self.running = Some(Running::default());
        } else if let Some((test, end)) =
            line.strip_prefix("test ").and_then(|test| test.rsplit_once(" ... "))
        {
            self.read_test(test, end);
        }
    }

    fn read_test(&mut self, test: &str, end: &str) {
        match (&mut self.running, end) {
            (Some(running), "ok") => running.passed += 1,
            (running, "FAILED") => {
                self.failures.push(test.to_owned());
                if let Some(running) = running {
                    running.failed += 1;
                }
            }
            _ => {}
        }
    }

    /// Takes into account that there is no more output, and whether cargo succeeded: when it did not, and nobody said why,
    /// then a program was not built.
    pub(super) fn close(&mut self, succeeded: bool) {
        self.close_program();
        if !succeeded && self.failed == 0 {
            self.failed += 1;
            self.failures.push("a program that could not be built or run; see above".to_owned());
        }
    }

    /// A program that tells no result has died. Its tests count as far as they came, and its death as a failure.
    fn close_program(&mut self) {
        if let Some(running) = self.running.take() {
            self.passed += running.passed;
            self.failed += running.failed + 1;
            self.failures.push("a test program that died before it told its result; see above".to_owned());
        }
    }

    /// Whether tests ran and none failed.
    pub(super) fn is_success(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

impl fmt::Display for Summary {
    /// The last line is for machines: `N passed, N failed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "FAILED {failure}")?;
        }
        let ran = self.passed + self.failed;
        writeln!(f, "{ran} tests ran, {} were ignored", self.ignored)?;
        if ran == 0 {
            writeln!(f, "no test ran, which proves nothing")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)
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
             running 13 tests\n\
             test b::c ... FAILED\n\
             test result: FAILED. 12 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s",
        );
        let failures = vec!["b::c".to_owned()];
        assert_eq!(summary, Summary { passed: 15, failed: 1, ignored: 1, failures, running: None });
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
    fn a_program_that_dies_is_a_failure_and_its_tests_count() {
        let mut summary = read(
            "running 4 tests\n\
             test a ... ok\n\
             test b ... FAILED\n\
             running 2 tests\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
             running 1 test",
        );
        summary.close(false);
        assert!(!summary.is_success());
        assert_eq!(summary.failures.len(), 3);
        assert_eq!(summary.to_string().lines().last(), Some("3 passed, 3 failed"));
    }

    #[test]
    fn what_could_not_be_built_is_a_failure() {
        let mut summary = read("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        summary.close(false);
        assert!(!summary.is_success());
        assert_eq!(summary.to_string().lines().last(), Some("2 passed, 1 failed"));
    }

    #[test]
    fn a_failure_that_was_told_is_counted_once() {
        let mut summary =
            read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        summary.close(false);
        assert_eq!(summary.to_string().lines().last(), Some("2 passed, 1 failed"));
    }
}

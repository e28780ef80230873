//! The programs that must not compile, and what the compiler says of them.

use std::collections::BTreeMap;

use crate::tidy::{tree::Tree, violations::Violations};

const FAIL: &str = "tests/ui/fail/";

/// Generated names, and what generated code is made of.
const OURS: [&str; 5] = ["__private", "__evento", "linkme", "param_0", "ELEMENT"];

/// A program that must not compile is worth something only with the message that it must give; and a message without a
/// program is left over.
pub(super) fn cases_have_their_messages(tree: &Tree, violations: &mut Violations) {
    for (path, _) in tree.files().filter(|(path, _)| path.contains(FAIL)) {
        let twin = match (path.strip_suffix(".rs"), path.strip_suffix(".stderr")) {
            (Some(case), _) => format!("{case}.stderr"),
            (_, Some(case)) => format!("{case}.rs"),
            _ => continue,
        };
        if !tree.contains(&twin) {
            violations.report(path, 1, format!("there is no {twin}"));
        }
    }
}

/// A message is about the user's code, in the words of the documentation. Generated names and the crates underneath are
/// none of the user's business.
pub(super) fn messages_show_nothing_of_ours(tree: &Tree, violations: &mut Violations) {
    for (path, text) in tree.ending(".stderr") {
        for (line, content) in text.lines().enumerate() {
            for ours in OURS.iter().filter(|ours| content.contains(**ours)) {
                violations.report(path, line + 1, format!("the message shows `{ours}`"));
            }
        }
    }
}

/// One mistake is one error: rustc reports none that follows from another. A program with several mistakes says so in its last
/// line, as `// 3 mistakes`, and one for which there is no help, as `// 4 errors: the reason`.
pub(super) fn each_mistake_is_one_error(tree: &Tree, violations: &mut Violations) {
    let texts: BTreeMap<_, _> = tree.files().filter(|(path, _)| path.contains(FAIL)).collect();
    for (path, message) in texts.iter().filter(|(path, _)| path.ends_with(".stderr")) {
        let Some(program) = texts.get(&*path.replace(".stderr", ".rs")) else { continue };
        let errors = message.lines().filter(|line| line.starts_with("error")).count();
        let expected = program.lines().last().and_then(expected).unwrap_or(1);
        if errors != expected {
            violations.report(path, 1, format!("{errors} errors, and there should be {expected}"));
        }
        if let Some(line) = message.lines().position(|line| line.starts_with("warning")) {
            violations.report(path, line + 1, "a warning distracts from the error");
        }
    }
}

/// How many errors the last line of a program says that there are.
fn expected(line: &str) -> Option<usize> {
    let said = line.strip_prefix("// ")?;
    let number = match said.split_once(" errors: ") {
        Some((number, reason)) if !reason.trim().is_empty() => number,
        _ => said.strip_suffix(" mistakes")?,
    };
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_case_without_message_is_found() {
        let files = [
            ("tests/ui/fail/a.rs", ""),
            ("tests/ui/fail/a.stderr", ""),
            ("tests/ui/fail/b.rs", ""),
            ("tests/ui/fail/c.stderr", ""),
            ("tests/ui/pass/d.rs", ""),
        ];
        assert_eq!(
            found(cases_have_their_messages, &files),
            ["tests/ui/fail/b.rs:1", "tests/ui/fail/c.stderr:1"]
        );
    }

    #[test]
    fn a_message_with_our_names_is_found() {
        let files = [("tests/ui/fail/a.stderr", "error: b\n  ::: evento::__private::C\nhelp: linkme")];
        assert_eq!(
            found(messages_show_nothing_of_ours, &files),
            ["tests/ui/fail/a.stderr:2", "tests/ui/fail/a.stderr:3"]
        );
    }

    #[test]
    fn an_error_that_follows_from_another_is_found() {
        let files = [
            ("tests/ui/fail/a.rs", "fn main() {}\n"),
            ("tests/ui/fail/a.stderr", "error: a\n --> x\n\nerror[E0277]: b\n"),
            ("tests/ui/fail/b.rs", "fn main() {}\n\n// 2 mistakes\n"),
            ("tests/ui/fail/b.stderr", "error: a\n\nwarning: unused\n\nerror[E0277]: b\n"),
            ("tests/ui/fail/c.rs", "fn main() {}\n\n// 2 mistakes\n"),
            ("tests/ui/fail/c.stderr", "error: a\n"),
            ("tests/ui/fail/d.rs", "fn main() {}\n\n// 2 errors: rustc says both\n"),
            ("tests/ui/fail/d.stderr", "error: a\n\nerror: b\n"),
        ];
        assert_eq!(
            found(each_mistake_is_one_error, &files),
            ["tests/ui/fail/a.stderr:1", "tests/ui/fail/b.stderr:3", "tests/ui/fail/c.stderr:1"]
        );
    }
}

//! The programs that must not compile, and what the compiler says of them.

use crate::tidy::{tree::Tree, violations::Violations};

const FAIL: &str = "tests/ui/fail/";

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
            for ours in ["__private", "__evento", "linkme"].iter().filter(|ours| content.contains(**ours)) {
                violations.report(path, line + 1, format!("the message shows `{ours}`"));
            }
        }
    }
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
}

//! Calls that do not belong where they are.

use crate::tidy::{
    source::Source,
    tree::{Tree, is_auxiliary, is_ui_case, line_of},
    violations::Violations,
};

/// An application must not fall over because the library was not finished, or was sure of something without saying why:
/// `expect` says why.
pub(super) fn nothing_is_left_to_do(tree: &Tree, violations: &mut Violations) {
    for (path, source) in production(tree) {
        for call in [".unwrap()", "todo!", "unimplemented!"] {
            for line in uses(&source.production, call) {
                violations.report(
                    path,
                    line,
                    format!("`{call}`: return an error, or say with `expect` why it cannot be"),
                );
            }
        }
    }
}

/// The output belongs to the application. The library tells what happens through `tracing`.
pub(super) fn nothing_is_printed(tree: &Tree, violations: &mut Violations) {
    for (path, source) in production(tree) {
        for call in ["dbg!", "print!", "println!", "eprint!", "eprintln!"] {
            for line in uses(&source.production, call) {
                violations.report(path, line, format!("`{call}`: use `tracing`"));
            }
        }
    }
}

/// A test that sleeps is slow on a fast machine and wrong on a slow one. Wait for what is to happen, or move a clock that
/// stands still.
pub(super) fn tests_do_not_sleep(tree: &Tree, violations: &mut Violations) {
    for (path, source) in tree.rust() {
        let whole = path.split('/').any(|part| part == "tests" || part == "conformance")
            || path.ends_with("/tests.rs");
        let production = uses(&source.production, "sleep(");
        for line in
            uses(&source.code, "sleep(").into_iter().filter(|line| whole || !production.contains(line))
        {
            violations.report(path, line, "a test sleeps: wait for what is to happen, or pause the clock");
        }
    }
}

/// A test that does not run is no test: it rots, and it is counted on.
pub(super) fn no_test_is_ignored(tree: &Tree, violations: &mut Violations) {
    for (path, source) in tree.rust() {
        for line in uses(&source.code, "#[ignore") {
            violations.report(path, line, "an ignored test: mend it or delete it");
        }
    }
}

fn production(tree: &Tree) -> impl Iterator<Item = (&str, &Source)> {
    tree.rust().filter(|(path, _)| !is_auxiliary(path) && !is_ui_case(path))
}

/// The lines in which something is used that is not only the end of a longer word.
fn uses(code: &str, call: &str) -> Vec<usize> {
    let begins = |at: usize| {
        let before = code[..at].chars().next_back();
        !call.starts_with(char::is_alphabetic) || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    code.match_indices(call).filter(|(at, _)| begins(*at)).map(|(at, _)| line_of(code, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn what_is_left_to_do_is_found() {
        let text = "fn a() { b().unwrap() }\nfn c() { todo!() }\n/// d.unwrap()\nfn e() { unimplemented!(\"f\") }\n\
                    #[cfg(test)]\nmod g { fn h() { i.unwrap() } }";
        let files = [
            ("a/src/b.rs", text),
            ("a/tests/c.rs", text),
            ("xtask/src/d.rs", text),
            ("a/src/tests.rs", text),
        ];
        assert_eq!(found(nothing_is_left_to_do, &files), ["a/src/b.rs:1", "a/src/b.rs:2", "a/src/b.rs:4"]);
    }

    #[test]
    fn what_is_printed_is_found() {
        let text = "fn a() { println!(\"b\") }\nfn c() { my_println!(\"println!\") }\nfn d() { dbg!(e) }";
        let files = [("a/src/b.rs", text), ("examples/c.rs", text)];
        assert_eq!(found(nothing_is_printed, &files), ["a/src/b.rs:1", "a/src/b.rs:3"]);
    }

    #[test]
    fn a_sleeping_test_is_found() {
        let text = "fn a() { sleep(b) }\n#[cfg(test)]\nmod c {\nfn d() { tokio::time::sleep(e) }\n}";
        let files = [("a/src/b.rs", text), ("tests/c.rs", text)];
        assert_eq!(found(tests_do_not_sleep, &files), ["a/src/b.rs:4", "tests/c.rs:1", "tests/c.rs:4"]);
    }

    #[test]
    fn an_ignored_test_is_found() {
        let files = [("a/src/b.rs", "// #[ignore]\n#[test]\n#[ignore = \"c\"]\nfn d() {}")];
        assert_eq!(found(no_test_is_ignored, &files), ["a/src/b.rs:3"]);
    }
}

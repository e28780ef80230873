//! What the compiler is told to watch over.

use crate::tidy::{
    manifest::{Package, value},
    tree::{Tree, is_auxiliary, line_of},
    violations::Violations,
};

/// The only handwritten file that may allow `unsafe` code: a distributed slice is a link section, whose attribute counts as
/// unsafe. What the macros generate declares elements of that slice.
const MAY_ALLOW_UNSAFE: [&str; 2] = ["evento-runtime/src/component/discover.rs", "evento-macros/src/"];

/// Undocumented items and unsafe code are found in every crate alike: the workspace says so once, and each crate takes its
/// lints from there.
pub(super) fn crates_share_the_lints(tree: &Tree, violations: &mut Violations) {
    let workspace = tree.text("Cargo.toml").unwrap_or_default();
    for (lint, levels) in
        [("missing_docs", &["warn", "deny", "forbid"][..]), ("unsafe_code", &["deny", "forbid"])]
    {
        let level = value(workspace, "workspace.lints.rust", lint).map(|level| level.trim_matches('"'));
        if !level.is_some_and(|level| levels.contains(&level)) {
            violations.report(
                "Cargo.toml",
                1,
                format!("[workspace.lints.rust] must set `{lint}` to {levels:?}"),
            );
        }
    }
    for package in Package::all(tree) {
        if package.value("lints", "workspace") != Some("true") {
            violations.report(
                package.manifest,
                1,
                "take the lints of the workspace: [lints] workspace = true",
            );
        }
    }
}

/// There is no unsafe code of our own, and one place that has to say `unsafe` for the linker.
pub(super) fn unsafe_is_declared_in_one_place(tree: &Tree, violations: &mut Violations) {
    for (path, source) in tree.rust().filter(|(path, _)| !is_auxiliary(path)) {
        let allowed = MAY_ALLOW_UNSAFE.iter().any(|may| path.starts_with(may));
        for level in ["allow", "expect", "warn"].iter().filter(|_| !allowed) {
            for (at, _) in source.code.match_indices(&format!("{level}(unsafe_code")) {
                violations.report(path, line_of(&source.code, at), "unsafe code is declared elsewhere only");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    const WORKSPACE: &str = "[workspace.lints.rust]\nmissing_docs = \"warn\"\nunsafe_code = \"deny\"\n";

    #[test]
    fn a_crate_without_lints_is_found() {
        let files = [
            ("Cargo.toml", WORKSPACE),
            ("a/Cargo.toml", "[package]\nname = \"a\"\n[lints]\nworkspace = true\n"),
            ("b/Cargo.toml", "[package]\nname = \"b\"\n"),
        ];
        assert_eq!(found(crates_share_the_lints, &files), ["b/Cargo.toml:1"]);
    }

    #[test]
    fn a_lenient_workspace_is_found() {
        let lenient = WORKSPACE.replace("deny", "warn");
        assert_eq!(found(crates_share_the_lints, &[("Cargo.toml", &lenient)]), ["Cargo.toml:1"]);
    }

    #[test]
    fn allowed_unsafe_code_is_found() {
        let text = "//! allow(unsafe_code)\n#[allow(unsafe_code, reason = \"a\")]\nstatic B: [C];";
        let files =
            [(MAY_ALLOW_UNSAFE[0], text), ("evento-macros/src/expand.rs", text), ("src/lib.rs", text)];
        assert_eq!(found(unsafe_is_declared_in_one_place, &files), ["src/lib.rs:2"]);
    }
}

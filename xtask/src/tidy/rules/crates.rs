//! Which crate may depend on which.

use crate::tidy::{manifest::Package, tree::Tree, violations::Violations};

/// Each of our crates with those of ours that it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("evento-macros", &[]),
    ("evento-runtime", &[]),
    ("evento", &["evento-macros", "evento-runtime"]),
    ("evento-torture", &["evento-runtime"]),
    ("xtask", &[]),
    // Not published. Only the second one measures evento: the others must know nothing that it knows.
    ("bench-harness", &[]),
    ("bench-evento", &["evento", "bench-harness"]),
    ("bench-peers", &["bench-harness"]),
];

/// The macros turn tokens into tokens and know the runtime by path only; the runtime can be used without macros; the facade
/// joins them.
pub(super) fn crates_know_those_below(tree: &Tree, violations: &mut Violations) {
    let ours = |name: &str| CRATES.iter().find(|(ours, _)| *ours == name);
    for package in Package::all(tree) {
        let Some((_, below)) = ours(package.name) else {
            violations.report(
                package.manifest,
                1,
                format!("`{}` has no place among the crates; give it one", package.name),
            );
            continue;
        };
        for (line, dependency) in package.dependencies() {
            if ours(dependency).is_some() && !below.contains(&dependency) {
                violations.report(
                    package.manifest,
                    line,
                    format!("`{}` must not know `{dependency}`", package.name),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_wrong_dependency_is_found() {
        let macros = "[package]\nname = \"evento-macros\"\n[dependencies]\nsyn = \"3\"\nevento-runtime.workspace = true\n";
        let facade = "[package]\nname = \"evento\"\n[dependencies]\nevento-runtime = { path = \"b\" }\n";
        let files = [("a/Cargo.toml", macros), ("Cargo.toml", facade)];
        assert_eq!(found(crates_know_those_below, &files), ["a/Cargo.toml:5"]);
    }

    #[test]
    fn an_unknown_crate_is_found() {
        let files = [("a/Cargo.toml", "[package]\nname = \"evento-extra\"\n")];
        assert_eq!(found(crates_know_those_below, &files), ["a/Cargo.toml:1"]);
        let user = [("tests/workspace/shop/Cargo.toml", "[package]\nname = \"shop\"\n")];
        assert!(found(crates_know_those_below, &user).is_empty());
    }
}

//! The examples in documents.

use crate::tidy::{
    markdown::{Fence, fences},
    tree::Tree,
    violations::Violations,
};

const README: &str = "README.md";

/// An example that does not compile is worse than none: the facade takes README.md and everything in `docs/` that has Rust in
/// it for doc tests, and no block is exempt.
pub(super) fn examples_are_compiled(tree: &Tree, violations: &mut Violations) {
    for (path, text) in tree.ending(".md").filter(|(path, _)| *path == README || path.starts_with("docs/")) {
        let fences = fences(text);
        for fence in fences.iter().filter(|fence| fence.is_rust() && fence.info.contains("ignore")) {
            violations.report(path, fence.line, "the example is ignored: use `no_run`, or mend it");
        }
        if fences.iter().any(Fence::is_rust) && !is_included(tree, path) {
            violations.report(
                path,
                1,
                format!("the facade must include it: `#[doc = include_str!(\"../{path}\")]`"),
            );
        }
    }
}

fn is_included(tree: &Tree, path: &str) -> bool {
    let include = format!("include_str!(\"../{path}\")");
    tree.ending(".rs").any(|(file, text)| file.starts_with("src/") && text.contains(&include))
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn an_example_that_nobody_compiles_is_found() {
        let block = "# A\n```rust,no_run\nfn b() {}\n```\n";
        let included = ("src/guide.rs", "#[doc = include_str!(\"../README.md\")]");
        let files = [("README.md", block), ("docs/c.md", block), ("docs/d.md", "```text\n```"), included];
        assert_eq!(found(examples_are_compiled, &files), ["docs/c.md:1"]);
    }

    #[test]
    fn an_ignored_example_is_found() {
        let included = ("src/lib.rs", "#![cfg_attr(doctest, doc = include_str!(\"../README.md\"))]");
        assert_eq!(
            found(examples_are_compiled, &[("README.md", "a\n```rust,ignore\n```\n"), included]),
            ["README.md:2"]
        );
    }
}

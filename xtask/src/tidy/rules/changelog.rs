//! The history of changes.

use crate::tidy::{tree::Tree, violations::Violations};

const CHANGELOG: &str = "CHANGELOG.md";

/// Users learn from the change log what a new version brings; it always has a place for the next change.
pub(super) fn changes_are_written_down(tree: &Tree, violations: &mut Violations) {
    let unreleased = |line: &str| matches!(line.trim(), "## Unreleased" | "## [Unreleased]");
    if !tree.text(CHANGELOG).is_some_and(|text| text.lines().any(unreleased)) {
        violations.report(CHANGELOG, 1, "there is no section `## Unreleased`");
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_missing_section_is_found() {
        assert_eq!(found(changes_are_written_down, &[]), ["CHANGELOG.md:1"]);
        assert_eq!(
            found(changes_are_written_down, &[("CHANGELOG.md", "## 1.0.0\nUnreleased")]),
            ["CHANGELOG.md:1"]
        );
        assert!(
            found(changes_are_written_down, &[("CHANGELOG.md", "# Changes\n\n## Unreleased\n")]).is_empty()
        );
    }
}

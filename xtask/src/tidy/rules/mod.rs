//! The rules, each a function over the files of the project.

mod calls;
mod changelog;
mod copies;
mod crates;
mod files;
mod layers;
mod links;
mod lints;
mod readme;
mod sql;
mod stores;
mod ui;
mod words;

use std::path::Path;

use anyhow::Result;

use super::{tree::Tree, violations::Violations};

/// A rule looks at everything and reports what breaks it.
type Rule = fn(&Tree, &mut Violations);

/// All of them.
const RULES: &[Rule] = &[
    files::files_are_short,
    files::folders_have_mod_files,
    calls::nothing_is_left_to_do,
    calls::nothing_is_printed,
    calls::tests_do_not_sleep,
    calls::no_test_is_ignored,
    lints::crates_share_the_lints,
    lints::unsafe_is_declared_in_one_place,
    crates::crates_know_those_below,
    layers::modules_know_those_below,
    layers::modules_are_described,
    stores::stores_have_the_same_files,
    sql::sql_is_in_files,
    ui::cases_have_their_messages,
    ui::messages_show_nothing_of_ours,
    ui::each_mistake_is_one_error,
    words::texts_are_about_the_project,
    changelog::changes_are_written_down,
    links::links_lead_somewhere,
    readme::examples_are_compiled,
    copies::copies_are_identical,
];

/// Checks all rules.
pub(super) fn check(tree: &Tree, violations: &mut Violations) {
    for rule in RULES {
        rule(tree, violations);
    }
}

/// Rewrites what is copied from elsewhere.
pub(super) fn fix(root: &Path, tree: &Tree) -> Result<()> {
    copies::rewrite(root, tree)
}

/// Where a rule finds something in planted files, as `path:line`.
#[cfg(test)]
fn found(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
    let mut violations = Violations::default();
    rule(&Tree::planted(files), &mut violations);
    violations.places()
}

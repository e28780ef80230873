//! `cargo xtask tidy`: the rules of the house, each a small function with its reason above.

mod manifest;
mod markdown;
mod rules;
mod source;
mod tree;
mod violations;

use std::process::ExitCode;

use anyhow::Result;

use self::{tree::Tree, violations::Violations};
use crate::project;

/// Checks every rule and reports everything that breaks one. With `fix`, first rewrites what is copied from elsewhere.
pub(crate) fn run(fix: bool) -> Result<ExitCode> {
    let root = project::root();
    let mut tree = Tree::read(&root)?;
    if fix {
        rules::fix(&root, &tree)?;
        tree = Tree::read(&root)?;
    }
    let mut violations = Violations::default();
    rules::check(&tree, &mut violations);
    print!("{violations}");
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

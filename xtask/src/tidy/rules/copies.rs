//! Documents that show a file of the project.

use std::path::Path;

use anyhow::{Context, Result};

use crate::tidy::{
    markdown::fences,
    tree::{Tree, line_of},
    violations::Violations,
};

/// A document, the mark in it behind which a file is shown, and the file.
struct Copy {
    document: &'static str,
    mark: &'static str,
    file: &'static str,
}

const COPIES: &[Copy] = &[Copy { document: "README.md", mark: "<!-- bank.rs -->", file: "examples/bank.rs" }];

/// What opens and closes a copy: it is compiled as a doc test, but as an example it is run by the tests of the project.
const OPEN: &str = "```rust,no_run\n";
const CLOSE: &str = "```\n";

/// The first example that a visitor sees is a program that is compiled and tested; `cargo xtask tidy --fix` copies it.
pub(super) fn copies_are_identical(tree: &Tree, violations: &mut Violations) {
    for copy in COPIES {
        let (Some(document), Some(file)) = (tree.text(copy.document), tree.text(copy.file)) else { continue };
        match with_copy(document, copy.mark, file) {
            Some(wanted) if wanted == document => {}
            Some(_) => {
                let line = document.find(copy.mark).map_or(1, |at| line_of(document, at));
                let message = format!("not the same as {}: run `cargo xtask tidy --fix`", copy.file);
                violations.report(copy.document, line, message);
            }
            None => violations.report(copy.document, 1, format!("the mark `{}` is missing", copy.mark)),
        }
    }
}

/// Copies the files anew.
pub(super) fn rewrite(root: &Path, tree: &Tree) -> Result<()> {
    for Copy { document, mark, file } in COPIES {
        let (Some(old), Some(file)) = (tree.text(document), tree.text(file)) else { continue };
        if let Some(new) = with_copy(old, mark, file).filter(|new| new != old) {
            std::fs::write(root.join(document), new)
                .with_context(|| format!("{document} cannot be written"))?;
        }
    }
    Ok(())
}

/// The document with the file in the block behind the mark, which takes the place of the block that stands there.
fn with_copy(document: &str, mark: &str, file: &str) -> Option<String> {
    let behind = document.find(mark)? + mark.len();
    let rest = document[behind..].trim_start_matches('\n');
    let rest = match fences(rest).first() {
        Some(fence) if fence.line == 1 => {
            let lines = 2 + fence.body.lines().count();
            rest.split_inclusive('\n').skip(lines).collect()
        }
        _ => format!("\n{rest}"),
    };
    let end = if file.ends_with('\n') { "" } else { "\n" };
    Some(format!("{}\n\n{OPEN}{file}{end}{CLOSE}{rest}", &document[..behind]))
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    const MARK: &str = "<!-- bank.rs -->";
    const FILE: (&str, &str) = ("examples/bank.rs", "fn main() {}\n");

    #[test]
    fn another_copy_is_found() {
        let other = format!("# A\n\n{MARK}\n\n{OPEN}fn main() {{ b() }}\n{CLOSE}\nC\n");
        assert_eq!(found(copies_are_identical, &[("README.md", &other), FILE]), ["README.md:3"]);
        assert_eq!(found(copies_are_identical, &[("README.md", "# A\n"), FILE]), ["README.md:1"]);
        assert!(found(copies_are_identical, &[("README.md", "# A\n")]).is_empty());
    }

    #[test]
    fn a_copy_is_made_once() {
        let wanted = format!("# A\n\n{MARK}\n\n{OPEN}{}{CLOSE}\nC\n", FILE.1);
        for document in
            [format!("# A\n\n{MARK}\n\nC\n"), format!("# A\n\n{MARK}\n```rust\nold\n{CLOSE}\nC\n")]
        {
            assert_eq!(with_copy(&document, MARK, FILE.1).as_deref(), Some(&*wanted));
        }
        assert_eq!(with_copy(&wanted, MARK, FILE.1).as_deref(), Some(&*wanted));
        assert!(found(copies_are_identical, &[("README.md", &wanted), FILE]).is_empty());
    }
}

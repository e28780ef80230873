//! The shape of files and folders.

use crate::tidy::{
    tree::{Tree, is_ui_case},
    violations::Violations,
};

/// The most lines that one idea takes.
const LINES: usize = 500;

/// A file holds one idea. One that grows past 500 lines has found a second one, which wants a file of its own.
pub(super) fn files_are_short(tree: &Tree, violations: &mut Violations) {
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_ui_case(path)) {
        let lines = text.lines().count();
        if lines > LINES {
            violations.report(path, LINES + 1, format!("{lines} lines: split the file at its second idea"));
        }
    }
}

/// A module with parts is a folder with a `mod.rs`, so that all of it moves and is read together; never a `name.rs` beside a
/// folder `name`.
pub(super) fn folders_have_mod_files(tree: &Tree, violations: &mut Violations) {
    for (path, _) in tree.ending(".rs").filter(|(path, _)| path.contains("src/")) {
        let folder = path.trim_end_matches(".rs");
        if tree.contains(folder) {
            violations.report(path, 1, format!("move it to {folder}/mod.rs, to its parts"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_long_file_is_found() {
        let (long, enough) = ("\n".repeat(501), "\n".repeat(500));
        let files = [("a/src/b.rs", &*long), ("a/src/c.rs", &*enough), ("tests/ui/fail/d.rs", &*long)];
        assert_eq!(found(files_are_short, &files), ["a/src/b.rs:501"]);
    }

    #[test]
    fn a_file_beside_its_folder_is_found() {
        let files = [("a/src/b.rs", ""), ("a/src/b/c.rs", ""), ("a/src/d/mod.rs", ""), ("a/src/d/e.rs", "")];
        assert_eq!(found(folders_have_mod_files, &files), ["a/src/b.rs:1"]);
    }
}

//! The stores beside each other.

use crate::tidy::{tree::Tree, violations::Violations};

/// The store that is read first, and those that are read beside it.
const FIRST: &str = "evento-runtime/src/memory/";
const OTHERS: [&str; 3] =
    ["evento-runtime/src/sqlite/", "evento-runtime/src/postgres/", "evento-runtime/src/mysql/"];

/// Who knows one store knows them all: what memory does in a file, every other store does in the file of the same name.
pub(super) fn stores_have_the_same_files(tree: &Tree, violations: &mut Violations) {
    for file in tree.rust().filter_map(|(path, _)| path.strip_prefix(FIRST)) {
        for store in OTHERS.iter().filter(|store| tree.contains(store.trim_end_matches('/'))) {
            let twin = format!("{store}{file}");
            if !tree.contains(&twin) {
                violations.report(&format!("{FIRST}{file}"), 1, format!("there is no {twin} beside it"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_missing_twin_is_found() {
        let files = [
            ("evento-runtime/src/memory/mod.rs", ""),
            ("evento-runtime/src/memory/views.rs", ""),
            ("evento-runtime/src/sqlite/mod.rs", ""),
            ("evento-runtime/src/sqlite/writer.rs", ""),
        ];
        assert_eq!(found(stores_have_the_same_files, &files), ["evento-runtime/src/memory/views.rs:1"]);
    }
}

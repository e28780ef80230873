//! What the repository does not talk about.

use crate::tidy::{tree::Tree, violations::Violations};

/// Folders of one machine. Written in two parts, so that this file does not contain them.
const FOLDERS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Words that refer to a conversation, when a number follows them.
const NUMBERED: [&str; 3] = [concat!("sess", "ion "), concat!("iss", "ue #"), concat!("iss", "ue ")];

/// The repository is about the project, for whoever reads it on whichever machine: no folders of one machine, no numbers
/// of conversations that the reader has not got.
pub(super) fn texts_are_about_the_project(tree: &Tree, violations: &mut Violations) {
    for (path, text) in tree.files() {
        for (line, content) in text.lines().enumerate() {
            for folder in FOLDERS.iter().filter(|folder| names_folder(content, folder)) {
                violations.report(path, line + 1, format!("`{folder}` is a folder of one machine"));
            }
            let lower = content.to_lowercase();
            for word in NUMBERED.iter().filter(|word| is_numbered(&lower, word)) {
                violations.report(
                    path,
                    line + 1,
                    format!("`{word}` with a number means nothing to the reader"),
                );
            }
        }
    }
}

/// Whether a path begins there; a longer path that goes through a folder of that name, or an address, is another thing.
fn names_folder(line: &str, folder: &str) -> bool {
    let begins = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~})".contains(c));
    line.match_indices(folder).any(|(at, _)| begins(at))
}

fn is_numbered(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let alone = !line[..at].ends_with(char::is_alphanumeric);
        alone && line[at + word.len()..].starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn words_of_another_place_are_found() {
        let texts = [
            format!("see {}evento/a.rs", FOLDERS[0]),
            format!("`{}.cargo`", FOLDERS[1]),
            format!("as said in {}12", NUMBERED[0].to_uppercase()),
            format!("fixes {}7", NUMBERED[1]),
            format!("https://example.com{}a and docs{}b", FOLDERS[2], FOLDERS[0]),
            format!("a {}of one hour, ob{}5", NUMBERED[0], NUMBERED[0]),
        ];
        let places = ["a.md:1", "a.md:2", "a.md:3", "a.md:4"];
        assert_eq!(found(texts_are_about_the_project, &[("a.md", &texts.join("\n"))]), places);
    }
}

//! Where SQL is written.

use crate::tidy::{tree::Tree, violations::Violations};

/// How statements begin, and the word that must follow where the beginning could be that of a sentence.
const STATEMENTS: [(&str, &str); 11] = [
    ("select ", ""),
    ("insert into ", ""),
    ("insert or ", " into "),
    ("update ", " set "),
    ("delete from ", ""),
    ("replace into ", ""),
    ("with ", " as ("),
    ("create table ", ""),
    ("create index ", ""),
    ("alter table ", ""),
    ("drop table ", ""),
];

/// SQL is a language with tools of its own, so it stands in files of its own: `include_str!("sql/….sql")`.
pub(super) fn sql_is_in_files(tree: &Tree, violations: &mut Violations) {
    for (path, source) in tree.rust().filter(|(path, _)| path.starts_with("evento-runtime/src/")) {
        for (line, _) in source.literals().filter(|(_, text)| is_sql(text)) {
            violations.report(path, line, "SQL in Rust: put it into a `.sql` file and include it");
        }
    }
}

fn is_sql(text: &str) -> bool {
    let text = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    STATEMENTS.iter().any(|(begin, follow)| text.starts_with(begin) && text.contains(follow))
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn sql_in_rust_is_found() {
        let text = "const A: &str = \"select 1\";\nconst B: &str = r#\"\n  INSERT INTO event VALUES (1)\"#;\n\
                    const C: &str = include_str!(\"sql/select.sql\");\n/// select a from b\nconst D: &str = \"update the program\";\n\
                    const E: &str = \"with x as (select 1) update y set z = 1\";\n#[cfg(test)]\nmod f { const G: &str = \"select 1\"; }";
        let path = "evento-runtime/src/sqlite/a.rs";
        assert_eq!(
            found(sql_is_in_files, &[(path, text)]),
            [
                "evento-runtime/src/sqlite/a.rs:1",
                "evento-runtime/src/sqlite/a.rs:2",
                "evento-runtime/src/sqlite/a.rs:7"
            ]
        );
    }
}

//! Several statements as one text, with the values in it.
//!
//! The protocol takes parameters for one statement at a time only. Values are written so that they mean the same in every
//! mode that a session may have: a text that contains anything which a mode or a character set could take for something
//! else is written in hexadecimal digits.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use uuid::Uuid;

use super::statement::Texts;

/// A value in a script.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    /// A text that is kept as bytes.
    Key(&'v str),
    /// A text that is kept as one.
    Text(&'v str),
    Uuid(Uuid),
    OptionalUuid(Option<Uuid>),
    Null,
    Number(i64),
    Bool(bool),
    /// The position that is so far behind the base that was taken.
    BehindBase(i64),
    /// The variable of the version that was found, by the ordinal of its append.
    Found(usize),
    /// The version that is so far behind the one that was found, by the ordinal of its append.
    BehindFound(usize, i64),
}

impl Value<'_> {
    fn write(self, texts: &Texts, sql: &mut String) {
        // Writing into a text cannot fail.
        let _ = match self {
            Self::Key(key) => return literal("_binary", "", key, sql),
            Self::Text(text) => return literal("", "_utf8mb4 ", text, sql),
            Self::Uuid(id) => write!(sql, "x'{}'", id.simple()),
            Self::OptionalUuid(Some(id)) => return Self::Uuid(id).write(texts, sql),
            Self::OptionalUuid(None) | Self::Null => write!(sql, "null"),
            Self::Number(number) => write!(sql, "{number}"),
            Self::Bool(bool) => write!(sql, "{}", u8::from(bool)),
            Self::BehindBase(behind) => write!(sql, "@{}base + {behind}", texts.prefix()),
            Self::Found(ordinal) => write!(sql, "@{}version_{ordinal}", texts.prefix()),
            Self::BehindFound(ordinal, behind) => {
                write!(sql, "@{}version_{ordinal} + {behind}", texts.prefix())
            }
        };
    }
}

/// Writes a text: as it is behind `plain`, or its digits behind `hex`.
fn literal(plain: &str, hex: &str, text: &str, sql: &mut String) {
    // An empty text in quotes is null in one of the modes.
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == b'\\' || byte == 0x7f) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        sql.reserve(hex.len() + 3 + 2 * text.len());
        sql.push_str(hex);
        sql.push_str("x'");
        for byte in text.bytes() {
            for digit in [byte >> 4, byte & 15] {
                sql.push(char::from(DIGITS[usize::from(digit)]));
            }
        }
    } else {
        sql.reserve(plain.len() + 2 + text.len());
        sql.push_str(plain);
        sql.push('\'');
        let mut pieces = text.split('\'');
        sql.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            sql.push_str("''");
            sql.push_str(piece);
        }
    }
    sql.push('\'');
}

/// A script that grows.
pub(super) struct Script<'t> {
    texts: &'t Texts,
    sql: String,
}

impl<'t> Script<'t> {
    pub(super) fn new(texts: &'t Texts) -> Self {
        Self { texts, sql: String::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.sql.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// Adds the statements of a file, with values in place of its question marks.
    pub(super) fn push(&mut self, file: &'static str, values: &[Value<'_>]) {
        let Self { texts, sql } = self;
        texts.with(file, |file| {
            let mut pieces = file.split('?');
            sql.push_str(pieces.next().unwrap_or_default());
            debug_assert_eq!(pieces.clone().count(), values.len(), "{file}");
            for (piece, value) in pieces.zip(values) {
                value.write(texts, sql);
                sql.push_str(piece);
            }
        });
        sql.push('\n');
    }

    /// Adds the statements of a file, with values in place of its first question marks, and what `list` writes in place of
    /// the last one.
    pub(super) fn push_list(
        &mut self,
        file: &'static str,
        values: &[Value<'_>],
        list: impl FnOnce(&mut List<'_>),
    ) {
        let Self { texts, sql } = self;
        texts.with(file, |file| {
            let mut pieces = file.split('?');
            sql.push_str(pieces.next().unwrap_or_default());
            for value in values {
                value.write(texts, sql);
                sql.push_str(pieces.next().unwrap_or_default());
            }
            list(&mut List { texts, sql, any: false });
            sql.push_str(pieces.next().unwrap_or_default());
        });
        sql.push('\n');
    }

    /// The script, which ends with what was pushed last.
    pub(super) fn finish(self) -> SqlStr {
        // A semicolon at the end would be followed by a statement that is empty.
        let mut sql = self.sql;
        sql.truncate(sql.trim_end_matches([' ', '\n', ';']).len());
        AssertSqlSafe(sql).into_sql_str()
    }
}

/// A list of values, or of rows of them, as it is written.
pub(super) struct List<'s> {
    texts: &'s Texts,
    sql: &'s mut String,
    any: bool,
}

impl List<'_> {
    fn separate(&mut self, by: &str) {
        if self.any {
            self.sql.push_str(by);
        }
        self.any = true;
    }

    /// Adds a value.
    pub(super) fn value(&mut self, value: Value<'_>) {
        self.separate(", ");
        value.write(self.texts, self.sql);
    }

    /// Adds a row: its values in brackets.
    pub(super) fn row(&mut self, values: &[Value<'_>]) {
        self.separate(",\n");
        let mut open = '(';
        for value in values {
            self.sql.push(open);
            value.write(self.texts, self.sql);
            open = ',';
        }
        self.sql.push(')');
    }

    /// Adds a row as a file says, joined to those before.
    pub(super) fn union(&mut self, file: &'static str, values: &[Value<'_>]) {
        self.separate(" union all ");
        let mut pieces = file.trim_end().split('?');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for (piece, value) in pieces.zip(values) {
            value.write(self.texts, self.sql);
            self.sql.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: Value<'_>) -> String {
        let mut sql = String::new();
        value.write(&Texts::new("evento_"), &mut sql);
        sql
    }

    #[test]
    fn no_text_ends_its_literal() {
        assert_eq!(written(Value::Text("it's")), "'it''s'");
        assert_eq!(written(Value::Text("''")), "''''''");
        assert_eq!(written(Value::Key("é\"? :a")), "_binary'é\"? :a'");
        // A backslash is a letter in one mode, and takes the next letter's meaning away in the other.
        assert_eq!(written(Value::Text("\\'")), "_utf8mb4 x'5c27'");
        assert_eq!(written(Value::Key("a\0")), "x'6100'");
        assert_eq!(written(Value::Key("")), "x''");
    }

    #[test]
    fn values_are_not_looked_through_for_more_places() {
        let texts = Texts::new("other_");
        let mut script = Script::new(&texts);
        script.push("update evento_head set a = ? where b = ?;", &[Value::Text("?"), Value::Number(-1)]);
        assert_eq!(script.finish().as_str(), "update other_head set a = '?' where b = -1");
    }
}

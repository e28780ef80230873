//! One difference between what was locked and what is.

use crate::payload::shape::Scalar;

/// A difference at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Whether something that was locked does not hold; otherwise it is new.
    pub(super) breaks: bool,
    /// The field or variant, such as `lines[].price`.
    pub(super) path: String,
    /// What has happened to it.
    pub(super) what: String,
    /// What it was, as in the file.
    pub(super) before: Option<String>,
    /// What it is, as it would be in the file.
    pub(super) after: Option<String>,
    /// What can be done about it beside what can always be done.
    pub(super) remedy: String,
}

impl Difference {
    /// Both sides, in lines.
    pub(super) fn diff(&self) -> String {
        let line = |sign: char, text: &Option<String>| match text {
            Some(text) => format!("{sign} {text}\n"),
            None => String::new(),
        };
        format!("{}{}", line('-', &self.before), line('+', &self.after))
    }
}

/// The name of a type without the modules that lead to it: `chrono::DateTime<chrono::Utc>` is `DateTime<Utc>`.
pub(super) fn bare(name: &str) -> String {
    let mut bare = String::new();
    let mut word = String::new();
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("::") {
            word.clear();
            rest = behind;
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
        } else {
            bare.push_str(&word);
            word.clear();
            bare.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    bare + &word
}

/// Whether everything that is written as the one can be read as the other, and means the same.
pub(super) fn widens(written: Scalar, read: Scalar) -> bool {
    use Scalar::{Any, Char, Float, Null, Signed, String, Unsigned, Uuid};
    match (written, read) {
        (_, Any) => true,
        (Unsigned(from), Unsigned(to)) | (Signed(from), Signed(to)) | (Float(from), Float(to)) => from <= to,
        (Unsigned(from), Signed(to)) => from < to,
        // A float has every integer of that many bits.
        (Unsigned(from) | Signed(from), Float(64)) => from <= 32,
        (Unsigned(from) | Signed(from), Float(32)) => from <= 16,
        (Char | Uuid, String) => true,
        (Null, Null) => true,
        (written, read) => written == read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_modules() {
        for (name, expected) in [
            ("Decimal", "Decimal"),
            ("rust_decimal::Decimal", "Decimal"),
            ("::chrono::DateTime<chrono::Utc>", "DateTime<Utc>"),
            ("Either<a::B, c::d::E>", "Either<B, E>"),
        ] {
            assert_eq!(bare(name), expected);
        }
    }

    #[test]
    fn a_wider_number_holds_a_narrower_one() {
        use Scalar::{Any, Bool, Char, Float, Signed, String, Unsigned, Uuid};
        for (written, read, expected) in [
            (Unsigned(32), Unsigned(64), true),
            (Unsigned(64), Unsigned(32), false),
            (Unsigned(32), Signed(64), true),
            (Unsigned(64), Signed(64), false),
            (Signed(8), Unsigned(64), false),
            (Unsigned(32), Float(64), true),
            (Unsigned(64), Float(64), false),
            (Float(64), Float(32), false),
            (Char, String, true),
            (String, Uuid, false),
            (Bool, Any, true),
            (Any, Bool, false),
        ] {
            assert_eq!(widens(written, read), expected, "{written:?} as {read:?}");
        }
    }
}

//! Whether what was written in one shape can be read in another, and means the same.

mod members;
mod variants;

use std::collections::BTreeSet;

use super::{
    difference::{Difference, bare, widens},
    write::tagging_of,
};
use crate::payload::shape::{Definition, Form, Type};

/// Everything in which the present shape differs from what was locked.
pub(super) fn differences(locked: &Form, now: &Form) -> Vec<Difference> {
    let mut comparison = Comparison::new(Side::Stored, locked, now);
    comparison.types("", &locked.root, &now.root);
    let mut found = comparison.found;
    match (&locked.response, &now.response) {
        // What is answered now is read by those who know the answer as it was locked.
        (Some(before), Some(after)) => {
            let mut comparison = Comparison::new(Side::Answer, now, locked);
            comparison.types("answer", after, before);
            found.extend(comparison.found);
        }
        (before, after) if before != after => found.push(Difference {
            breaks: before.is_some(),
            path: "answer".to_owned(),
            what: "the answer is another one".to_owned(),
            before: before.as_ref().map(ToString::to_string),
            after: after.as_ref().map(ToString::to_string),
            remedy: String::new(),
        }),
        _ => {}
    }
    found
}

/// Who has written, and who reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// What was locked is written, and read by what is now.
    Stored,
    /// What is now is written, and read by what was locked.
    Answer,
}

struct Comparison<'f> {
    side: Side,
    written: &'f Form,
    read: &'f Form,
    /// The pairs of definitions that were met: types contain themselves.
    seen: BTreeSet<(&'f str, &'f str)>,
    found: Vec<Difference>,
}

impl<'f> Comparison<'f> {
    fn new(side: Side, written: &'f Form, read: &'f Form) -> Self {
        Self { side, written, read, seen: BTreeSet::new(), found: Vec::new() }
    }

    fn types(&mut self, path: &str, written: &'f Type, read: &'f Type) {
        match (written, read) {
            (Type::Foreign(a), Type::Foreign(b)) => {
                if bare(a) != bare(b) {
                    self.changed(path, written, read, "is of another type, of which only the name is known");
                }
            }
            // Its samples say whether the JSON is still the same.
            (Type::Foreign(name), _) if !name.contains(" with ") => {
                self.adds(path, "its shape is known now");
            }
            (_, Type::Foreign(_)) => {
                self.changed_with(
                    path,
                    (written, read),
                    "only the name of its type is known now",
                    "derive `Shape` for the type",
                );
            }
            (Type::Scalar(a), Type::Scalar(b)) if a == b => {}
            (Type::Scalar(a), Type::Scalar(b)) if widens(*a, *b) => {
                self.adds(path, &format!("is a `{read}` now, which holds every `{written}`"));
            }
            (Type::Scalar(a), Type::Scalar(b)) if widens(*b, *a) => {
                let what =
                    self.said("is narrower than what is stored", "is wider than what those who ask can read");
                self.changed(path, written, read, what);
            }
            (_, Type::Scalar(crate::payload::shape::Scalar::Any)) => self.adds(path, "is any JSON now"),
            (Type::Option(a), Type::Option(b)) => self.types(path, a, b),
            (_, Type::Option(b)) => {
                self.adds(path, "is an `Option` now");
                self.types(path, written, b);
            }
            (Type::Option(_), _) => {
                let what = self.said(
                    "is no `Option` any more, and `null` was written",
                    "is an `Option` now, and those who ask expect a value",
                );
                self.changed(path, written, read, what);
            }
            (Type::List(a), Type::List(b)) => self.types(&format!("{path}[]"), a, b),
            (Type::Array(a, m), Type::Array(b, n)) if m == n => self.types(&format!("{path}[]"), a, b),
            (Type::Array(a, _), Type::List(b)) => self.types(&format!("{path}[]"), a, b),
            (Type::Tuple(members), Type::List(b)) => {
                for (at, member) in members.iter().enumerate() {
                    self.types(&joined(path, &at.to_string()), member, b);
                }
            }
            (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
                for (at, (a, b)) in a.iter().zip(b).enumerate() {
                    self.types(&joined(path, &at.to_string()), a, b);
                }
            }
            (Type::Map(key, a), Type::Map(other, b)) => {
                self.types(&format!("{path}{{key}}"), key, other);
                self.types(&format!("{path}{{}}"), a, b);
            }
            (Type::Named(a), Type::Named(b)) => self.definitions(path, a, b),
            _ => self.changed(path, written, read, "is something else"),
        }
    }

    fn definitions(&mut self, path: &str, a: &'f str, b: &'f str) {
        if !self.seen.insert((a, b)) {
            return;
        }
        match (self.written.definitions.get(a), self.read.definitions.get(b)) {
            (Some(Definition::Struct(a)), Some(Definition::Struct(b))) => self.members(path, a, b),
            (Some(Definition::Enum(tagging, a)), Some(Definition::Enum(other, b))) => {
                if tagging == other {
                    self.variants(path, tagging, a, b);
                } else {
                    let before = format!("enum{}", tagging_of(tagging));
                    let after = format!("enum{}", tagging_of(other));
                    self.breaks(path, "another way to tell the variants", (Some(before), Some(after)), "");
                }
            }
            (a, b) => {
                let name = |definition: Option<&Definition>| match definition {
                    Some(Definition::Struct(_)) => Some("struct".to_owned()),
                    Some(Definition::Enum(..)) => Some("enum".to_owned()),
                    None => None,
                };
                self.breaks(path, "is something else", (name(a), name(b)), "");
            }
        }
    }

    fn changed(&mut self, path: &str, written: &Type, read: &Type, what: &str) {
        self.changed_with(path, (written, read), what, "");
    }

    fn changed_with(&mut self, path: &str, (written, read): (&Type, &Type), what: &str, remedy: &str) {
        let line = |ty: &Type| match path.rsplit('.').next().unwrap_or_default() {
            "" => Some(ty.to_string()),
            name => Some(format!("{name}: {ty}")),
        };
        self.breaks(path, what, (line(written), line(read)), remedy);
    }

    /// What is said of what is stored, or else of an answer.
    fn said(&self, stored: &'static str, answer: &'static str) -> &'static str {
        match self.side {
            Side::Stored => stored,
            Side::Answer => answer,
        }
    }

    /// Something does not hold. The texts are those of the writer and of the reader.
    fn breaks(&mut self, path: &str, what: &str, texts: (Option<String>, Option<String>), remedy: &str) {
        let (before, after) = match self.side {
            Side::Stored => texts,
            Side::Answer => (texts.1, texts.0),
        };
        let (path, what, remedy) = (path.to_owned(), what.to_owned(), remedy.to_owned());
        self.found.push(Difference { breaks: true, path, what, before, after, remedy });
    }

    /// Something is new.
    fn adds(&mut self, path: &str, what: &str) {
        let (path, what, remedy) = (path.to_owned(), what.to_owned(), String::new());
        self.found.push(Difference { breaks: false, path, what, before: None, after: None, remedy });
    }
}

/// The path to something inside.
fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

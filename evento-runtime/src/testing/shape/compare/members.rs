//! The fields of objects.

use super::{Comparison, Side, joined};
use crate::{
    payload::shape::{Field, Members, Scalar, Type},
    testing::shape::write,
};

impl<'f> Comparison<'f> {
    pub(super) fn members(&mut self, path: &str, written: &'f Members, read: &'f Members) {
        let mut successors = Vec::new();
        for field in &written.fields {
            match read.fields.iter().find(|other| other.reads.contains(&field.name)) {
                Some(other) => self.field(&joined(path, &field.name), field, other),
                None => successors.extend(self.unread(&joined(path, &field.name), field, written, read)),
            }
        }
        for field in &read.fields {
            let is_there = |other: &Field| field.reads.contains(&other.name);
            // What one is told to be called otherwise now is not told to be new, too.
            let told = successors.contains(&&field.name);
            if !field.reads.is_empty() && !told && !written.fields.iter().any(is_there) {
                self.unwritten(&joined(path, &field.name), field);
            }
        }
        self.flattened(path, written, read);
    }

    /// A field that is written and read.
    fn field(&mut self, path: &str, written: &'f Field, read: &'f Field) {
        self.types(path, &written.ty, &read.ty);
        let texts = || (Some(write::field(written)), Some(write::field(read)));
        // Where `null` is not read any more, that is the mistake.
        let told = matches!(written.ty, Type::Option(_)) && !matches!(read.ty, Type::Option(_));
        let absent = written.omitted || (self.side == Side::Stored && written.optional);
        if absent && !read.optional && !told {
            let what = self.said(
                "must be there now, and may be missing where it was written",
                "may be left out now, and those who ask expect it",
            );
            self.breaks(path, what, texts(), "keep its `#[serde(default)]`");
        }
        if self.side == Side::Answer {
            return;
        }
        if !written.optional && read.optional && !matches!(read.ty, Type::Option(_)) {
            self.adds(path, "may be missing now");
        }
        if read.name != written.name {
            self.adds(path, &format!("is written as `{}` now, and still read", read.name));
        }
        self.names(path, (&written.name, &written.reads), &read.reads, texts());
    }

    /// The other names under which something was read.
    pub(super) fn names(
        &mut self,
        path: &str,
        (name, before): (&str, &[String]),
        after: &[String],
        texts: (Option<String>, Option<String>),
    ) {
        if let Some(gone) = before.iter().find(|alias| alias.as_str() != name && !after.contains(alias)) {
            let what = format!("was read under the name `{gone}` too, and is not any more");
            self.breaks(path, &what, texts, &format!("keep `#[serde(alias = \"{gone}\")]`"));
        }
        for added in after.iter().filter(|alias| alias.as_str() != name && !before.contains(alias)) {
            self.adds(path, &format!("is read under the name `{added}` too"));
        }
    }

    /// A field that nobody reads. Gives the name of the one that may have come in its place.
    fn unread(
        &mut self,
        path: &str,
        field: &Field,
        written: &Members,
        read: &'f Members,
    ) -> Option<&'f String> {
        if self.side == Side::Answer {
            self.adds(path, "is new in the answer");
            return None;
        }
        // What was not read when it was locked is missed by nobody.
        if field.reads.is_empty() {
            return None;
        }
        let before = Some(write::field(field));
        let is_new = |other: &&Field| written.fields.iter().all(|known| !other.reads.contains(&known.name));
        let successor = read.fields.iter().filter(is_new).find(|other| other.ty == field.ty);
        let after = successor.map(write::field);
        let remedy = match successor {
            Some(other) => format!(
                "if `{}` is what it is called now, put `#[serde(alias = \"{}\")]` on it",
                other.name, field.name
            ),
            None => "keep the field".to_owned(),
        };
        self.breaks(path, "is gone, and what is stored of it would be ignored", (before, after), &remedy);
        successor.map(|other| &other.name)
    }

    /// A field that nobody has written.
    fn unwritten(&mut self, path: &str, field: &Field) {
        let text = Some(write::field(field));
        match (self.side, field.optional) {
            (Side::Stored, true) => self.adds(path, "is new"),
            (Side::Stored, false) => {
                let what = "is new, and missing in all that is stored";
                self.breaks(path, what, (None, text), "put `#[serde(default)]` on it, or take an `Option`");
            }
            (Side::Answer, true) => {}
            (Side::Answer, false) => {
                let what = "is gone from the answer, and those who ask expect it";
                self.breaks(path, what, (None, text), "keep the field");
            }
        }
    }

    /// What lies between the fields, in the order in which it is written.
    fn flattened(&mut self, path: &str, written: &'f Members, read: &'f Members) {
        let place = joined(path, "..");
        for at in 0..written.flattened.len().max(read.flattened.len()) {
            match (written.flattened.get(at), read.flattened.get(at)) {
                (Some(written), Some(read)) => self.types(&place, written, read),
                (Some(gone), None) if self.side == Side::Stored => {
                    let text = Some(format!("..: {gone}"));
                    self.breaks(
                        &place,
                        "is gone, and what is stored of it would be ignored",
                        (text, None),
                        "",
                    );
                }
                (None, Some(Type::Option(_) | Type::Map(..) | Type::Scalar(Scalar::Any))) => {
                    self.adds(&place, "is new");
                }
                (None, Some(added)) => {
                    let text = Some(format!("..: {added}"));
                    self.breaks(&place, "must be there now, and was not written", (None, text), "");
                }
                _ => {}
            }
        }
    }
}

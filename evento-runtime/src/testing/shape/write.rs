//! The file as text: a line for each field, variant and sample, in an order that does not depend on that of the code, so that
//! changes are easy to read and to merge.

use std::fmt::Write as _;

use super::file::{Entry, FORMAT};
use crate::payload::{
    hash,
    shape::{Definition, Field, Members, Tagging, Variant},
};

/// What stands above.
const HEAD: &str = "\
# The JSON of what is stored, and of what others send, as it was when it was locked; a test compares it with what the program
# reads and writes now. It belongs under version control, and is not edited by hand: after a change that loses nothing,
# `EVENTO_LOCK=update cargo test` writes down what is new.
";

/// The whole file.
pub(super) fn file(entries: &[Entry]) -> String {
    let mut text = format!("{HEAD}\nformat {FORMAT}\n");
    for entry in entries {
        let lines = lines(entry);
        let digest = digest(&lines);
        push(&mut text, format_args!("\n{lines}  digest {digest}\n"));
    }
    text
}

/// Stands for the lines of an entry.
pub(super) fn digest(lines: &str) -> String {
    format!("{:016x}", hash(lines))
}

/// An entry without its digest.
fn lines(entry: &Entry) -> String {
    let mut text = String::new();
    let form = &entry.form;
    push(&mut text, format_args!("{} {} {}\n", entry.kind.word(), word(&entry.name), entry.version));
    push(&mut text, format_args!("  shape {}\n", form.root));
    if let Some(response) = &form.response {
        push(&mut text, format_args!("  response {response}\n"));
    }
    for (label, definition) in &form.definitions {
        text.push_str(&self::definition(label, definition));
    }
    for sample in &entry.samples {
        let word = if sample.given { "given" } else { "made" };
        push(&mut text, format_args!("  {word} {}\n", sample.json));
    }
    text
}

fn definition(label: &str, definition: &Definition) -> String {
    let mut text = String::new();
    match definition {
        Definition::Struct(members) => {
            push(&mut text, format_args!("  struct {label}\n"));
            for line in members_of(members) {
                push(&mut text, format_args!("    {line}\n"));
            }
        }
        Definition::Enum(tagging, variants) => {
            push(&mut text, format_args!("  enum {label}{}\n", tagging_of(tagging)));
            let mut lines: Vec<_> = variants.iter().map(variant).collect();
            // The first one that fits is taken of those that have no tag, so their order means something.
            if *tagging != Tagging::Untagged {
                lines.sort();
            }
            for line in lines {
                push(&mut text, format_args!("    {line}\n"));
            }
        }
    }
    text
}

fn members_of(members: &Members) -> impl Iterator<Item = String> {
    let flattened = members.flattened.iter().map(|ty| format!("..: {ty}"));
    members.fields.iter().map(field).chain(flattened)
}

/// `total: u64, optional`
pub(super) fn field(field: &Field) -> String {
    let mut text = format!("{}: {}", word(&field.name), field.ty);
    for (said, word) in
        [(field.optional, "optional"), (field.omitted, "omitted"), (field.unwritten, "unwritten")]
    {
        if said {
            push(&mut text, format_args!(", {word}"));
        }
    }
    text.push_str(&reads(&field.name, &field.reads));
    text
}

/// `by_sea: Way::by_sea, alias ship`
pub(super) fn variant(variant: &Variant) -> String {
    let mut text = word(&variant.name);
    if let Some(content) = &variant.content {
        push(&mut text, format_args!(": {content}"));
    }
    text.push_str(&reads(&variant.name, &variant.reads));
    text
}

/// How it is read, if that is not by its own name alone.
fn reads(name: &str, reads: &[String]) -> String {
    let mut text = String::new();
    if !reads.iter().any(|read| read == name) {
        text.push_str(", unread");
    }
    for alias in reads.iter().filter(|read| *read != name) {
        push(&mut text, format_args!(", alias {}", word(alias)));
    }
    text
}

/// ` tag "type" content "data"`
pub(super) fn tagging_of(tagging: &Tagging) -> String {
    match tagging {
        Tagging::External => String::new(),
        Tagging::Internal { tag } => format!(" tag {}", word(tag)),
        Tagging::Adjacent { tag, content } => format!(" tag {} content {}", word(tag), word(content)),
        Tagging::Untagged => " untagged".to_owned(),
    }
}

/// A name, in quotes where it could be taken for something else.
pub(super) fn word(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    if plain { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a text can be written to");
}

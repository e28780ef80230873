//! What is written is read back, and what was not written like that is refused.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use super::{
    LockError,
    file::{Entry, Kind, Sample},
    read, sample, write,
};
use crate::payload::shape::{Definition, Field, Form, Members, Scalar, Tagging, Type, Variant};

fn named(label: &str) -> Type {
    Type::Named(label.to_owned())
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_owned(),
        reads: vec![name.to_owned()],
        optional: false,
        omitted: false,
        unwritten: false,
        ty,
    }
}

fn variant(name: &str, content: Option<Type>) -> Variant {
    Variant { name: name.to_owned(), reads: vec![name.to_owned()], content }
}

fn structure(fields: Vec<Field>) -> Definition {
    Definition::Struct(Members { fields, flattened: Vec::new() })
}

fn entry(name: &str, root: Type, definitions: Vec<(&str, Definition)>) -> Entry {
    let definitions =
        definitions.into_iter().map(|(label, definition)| (label.to_owned(), definition)).collect();
    let samples = vec![
        Sample { given: false, json: r#"{"a b":1}"#.to_owned() },
        Sample { given: true, json: "null".to_owned() },
    ];
    Entry {
        kind: Kind::DomainEvent,
        name: name.to_owned(),
        version: 3,
        form: Form { root, response: None, definitions },
        samples,
    }
}

/// An entry with everything that the format has.
fn odd() -> Entry {
    let any_name = Field {
        reads: vec!["b, c".to_owned(), "d".to_owned()],
        optional: true,
        omitted: true,
        unwritten: true,
        ..field("a \"b\": c", Type::Tuple(vec![Type::Scalar(Scalar::Null), Type::Foreign("A<\"x\">".into())]))
    };
    let flat = Members { fields: vec![field("..", named("Way"))], flattened: vec![named("Rest")] };
    let variants = vec![variant("by air", None), variant("BySea", Some(named("Way::BySea")))];
    let adjacent = Tagging::Adjacent { tag: "kind of".into(), content: "c".into() };
    let mut entry = entry(
        "shop.order placed",
        Type::option(named("Odd")),
        vec![
            ("Odd", structure(vec![any_name])),
            ("Flat", Definition::Struct(flat)),
            ("Way", Definition::Enum(Tagging::External, variants.clone())),
            ("Way::BySea", structure(Vec::new())),
            ("Inside", Definition::Enum(Tagging::Internal { tag: "t".into() }, Vec::new())),
            ("Beside", Definition::Enum(adjacent, variants.clone())),
            ("Bare", Definition::Enum(Tagging::Untagged, variants)),
        ],
    );
    entry.form.response = Some(Type::list(named("Odd")));
    entry
}

fn read(text: &str) -> Result<Vec<Entry>, LockError> {
    read::file(Path::new("events.lock"), text)
}

#[test]
fn what_is_written_is_read_back() {
    let plain = entry("Plain", Type::Scalar(Scalar::Null), Vec::new());
    let text = write::file(&[plain, odd()]);
    let entries = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(entries.len(), 2);
    let (read, written) = (&entries[1], odd());
    assert_eq!((read.key(), &read.form), (written.key(), &written.form), "{text}");
    assert_eq!(read.samples, written.samples);
    assert_eq!(write::file(&entries), text, "and written again, it is the same");
    // Also by a system that ends lines otherwise.
    assert_eq!(write::file(&self::read(&text.replace('\n', "\r\n")).expect("a file")), text);
    assert!(text.ends_with('\n') && text.starts_with('#'));
}

#[test]
fn every_line_counts() {
    let text = write::file(&[odd()]);
    let lines: Vec<_> = text.lines().collect();
    let begins = lines.iter().position(|line| line.starts_with("domain_event")).expect("an entry");
    for at in begins + 1..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let error = self::read(&fewer.join("\n")).expect_err(lines[at]);
        assert!(
            matches!(error, LockError::Edited { .. } | LockError::Malformed { .. }),
            "without `{}`: {error}",
            lines[at]
        );
    }
}

#[test]
fn what_was_not_written_is_told_with_its_line() {
    let whole = write::file(&[entry("A", Type::Scalar(Scalar::Bool), Vec::new())]);
    let replaced = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from} in {whole}");
        whole.replacen(from, to, 1)
    };
    let cases = [
        (replaced("format 1", "format one"), ":5: `format 1` was expected"),
        (String::new(), ":1: `format 1` was expected"),
        (replaced("format 1\n", "format 1\n\n  shape u8\n"), ":7: this belongs to no entry"),
        (replaced("domain_event A 3", "domain_events A 3"), ":7: an entry was expected"),
        (replaced("domain_event A 3", "domain_event A"), ":7: an entry was expected"),
        (replaced("shape bool", "shape [bool"), ":8: `[bool` is no type"),
        (replaced("shape bool", "form bool"), ":8: `form` means nothing here"),
        (replaced("  shape bool\n", ""), ":7: `domain_event A 3` has no shape"),
        (replaced("shape bool", "shape bool\n    a: u8"), ":9: this belongs to no struct and no enum"),
        (
            replaced("shape bool", "shape bool\n  struct B\n    a: u8 optional"),
            ":10: ` optional` means nothing",
        ),
        (replaced("shape bool", "shape bool\n  struct B\n    a"), ":10: a type was expected"),
        (replaced("shape bool", "shape bool\n  struct B\n  enum B"), ":10: `B` is there twice"),
        (replaced("shape bool", "shape bool\n  enum B tagged"), ":9: `tagged` means nothing here"),
        (replaced("made {", "made {{"), ":9: key must be a string"),
        (format!("{whole}  made 1\n"), ":12: nothing comes behind the digest"),
        (replaced("shape bool", "shape u8"), ":7: domain event `A`, version 3 is not as it was written"),
        (replaced("digest ", "digest 0"), ":7: domain event `A`, version 3 is not as it was written"),
        (
            format!("{whole}\n{}", &whole[whole.find("domain").expect("an entry")..]),
            ":13: domain event `A`, version 3 is there twice",
        ),
        (
            replaced("  shape bool", "<<<<<<< ours\n  shape bool\n=======\n  shape u8\n>>>>>>> theirs"),
            ":8: the marks of a merge",
        ),
    ];
    for (text, expected) in cases {
        let error = read(&text).expect_err(expected).to_string();
        assert!(error.contains(expected), "`{expected}` in:\n{error}\nof:\n{text}");
    }
    let newer = read(&replaced("format 1", "format 2")).expect_err("newer");
    assert!(matches!(newer, LockError::Newer { format: 2, known: 1, .. }), "{newer}");
}

fn samples(root: &str, definitions: Vec<(&str, Definition)>) -> Vec<Value> {
    let form = entry("A", named(root), definitions).form;
    sample::made(&form, &BTreeMap::new()).expect("samples")
}

#[test]
fn samples_have_every_variant_and_leave_out_what_may_be_missing() {
    let way = |holding: Vec<Option<Type>>| {
        let variants =
            holding.into_iter().enumerate().map(|(at, content)| variant(&format!("v{at}"), content));
        Definition::Enum(Tagging::External, variants.collect())
    };
    // The inner enum is reached through one variant of the outer one only.
    let all = samples(
        "Root",
        vec![
            (
                "Root",
                structure(vec![
                    field("outer", named("Outer")),
                    field("note", Type::option(Type::Scalar(Scalar::String))),
                    Field { optional: true, ..field("count", Type::Scalar(Scalar::Unsigned(32))) },
                ]),
            ),
            ("Outer", way(vec![None, Some(named("Inner"))])),
            ("Inner", way(vec![None, None, Some(Type::Scalar(Scalar::Bool))])),
        ],
    );
    let text = Value::from(all.clone()).to_string();
    for part in [r#""outer":"v0""#, r#"{"v1":"v0"}"#, r#"{"v1":"v1"}"#, r#"{"v1":{"v2":true}}"#] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let bare = all.last().expect("a sample");
    assert_eq!(*bare, serde_json::json!({ "outer": "v0", "note": null }));
}

#[test]
fn samples_of_what_contains_itself_come_to_an_end() {
    let tree = structure(vec![
        field("children", Type::list(named("Tree"))),
        field("next", Type::option(named("Tree"))),
        field("way", named("Way")),
    ]);
    let way = Definition::Enum(
        Tagging::External,
        vec![
            variant("deeper", Some(named("Way"))),
            variant("both", Some(named("Tree"))),
            variant("end", None),
        ],
    );
    let all = samples("Tree", vec![("Tree", tree), ("Way", way)]);
    let text = Value::from(all).to_string();
    for part in ["deeper", "both", "end", r#""children":[]"#, r#""next":null"#] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // It has no value at all, and the lock says so when it cannot be read.
    let endless = structure(vec![field("inside", named("Endless"))]);
    assert!(!samples("Endless", vec![("Endless", endless)]).is_empty());
}

#[test]
fn foreign_types_are_asked_for() {
    let definitions =
        vec![("Root", structure(vec![field("price", Type::Foreign("rust_decimal::Decimal".into()))]))];
    let form = entry("A", named("Root"), definitions).form;
    let unknown = sample::made(&form, &BTreeMap::new()).expect_err("unknown");
    assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["rust_decimal::Decimal"]);
    let known = BTreeMap::from([("Decimal".to_owned(), Value::from("1.50"))]);
    assert_eq!(sample::made(&form, &known).expect("known"), [serde_json::json!({ "price": "1.50" })]);
}

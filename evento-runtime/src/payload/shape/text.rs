//! Types as text, and back: `[Option<OrderLine>]`, `{String: u64}`, `(u8, foreign "Decimal")`.

use std::{fmt, str::FromStr};

use serde_json::Value;
use thiserror::Error;

use super::types::{Scalar, Type};

/// The scalars by their names.
const SCALARS: [(&str, Scalar); 19] = [
    ("null", Scalar::Null),
    ("any", Scalar::Any),
    ("bool", Scalar::Bool),
    ("char", Scalar::Char),
    ("String", Scalar::String),
    ("Uuid", Scalar::Uuid),
    ("u8", Scalar::Unsigned(8)),
    ("u16", Scalar::Unsigned(16)),
    ("u32", Scalar::Unsigned(32)),
    ("u64", Scalar::Unsigned(64)),
    ("u128", Scalar::Unsigned(128)),
    ("i8", Scalar::Signed(8)),
    ("i16", Scalar::Signed(16)),
    ("i32", Scalar::Signed(32)),
    ("i64", Scalar::Signed(64)),
    ("i128", Scalar::Signed(128)),
    ("f32", Scalar::Float(32)),
    ("f64", Scalar::Float(64)),
    // Words of the language of this page, which no type may be called.
    ("foreign", Scalar::Any),
];

/// The scalar of a name, if it is one.
pub(super) fn scalar(name: &str) -> Option<Scalar> {
    let reserved = |&&(known, _): &&(&str, Scalar)| known == name;
    SCALARS.iter().find(reserved).map(|&(_, scalar)| scalar).or((name == "Option").then_some(Scalar::Any))
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => {
                let known = SCALARS.iter().find(|(_, other)| other == scalar);
                f.write_str(known.map_or("any", |(name, _)| name))
            }
            Self::Option(inner) => write!(f, "Option<{inner}>"),
            Self::List(element) => write!(f, "[{element}]"),
            Self::Array(element, length) => write!(f, "[{element}; {length}]"),
            Self::Tuple(members) => {
                f.write_str("(")?;
                for (at, member) in members.iter().enumerate() {
                    write!(f, "{}{member}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Map(key, value) => write!(f, "{{{key}: {value}}}"),
            Self::Named(label) => f.write_str(label),
            Self::Foreign(name) => write!(f, "foreign {}", Value::from(name.as_str())),
        }
    }
}

/// A text is no type.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is no type: {expected} was expected at `{rest}`")]
pub struct NoType {
    text: String,
    expected: &'static str,
    rest: String,
}

impl Type {
    /// The type at the beginning of a text, and what stands behind it.
    pub(crate) fn at_the_beginning(text: &str) -> Result<(Self, &str), NoType> {
        parse(text, 0).map_err(|wrong| NoType::new(text, wrong))
    }
}

impl FromStr for Type {
    type Err = NoType;

    fn from_str(text: &str) -> Result<Self, NoType> {
        match Self::at_the_beginning(text)? {
            (ty, rest) if rest.trim().is_empty() => Ok(ty),
            (_, rest) => Err(NoType::new(text, ("the end", rest))),
        }
    }
}

impl NoType {
    fn new(text: &str, (expected, rest): Wrong<'_>) -> Self {
        Self { text: text.to_owned(), expected, rest: rest.to_owned() }
    }
}

/// What was expected, and where.
type Wrong<'t> = (&'static str, &'t str);

/// Types in types. A text that a person has written in a hurry must not exhaust the stack.
const DEPTH: usize = 64;

fn parse(text: &str, depth: usize) -> Result<(Type, &str), Wrong<'_>> {
    let text = text.trim_start();
    if depth > DEPTH {
        return Err(("a simpler type", text));
    }
    let inner = |text| parse(text, depth + 1);
    if let Some(rest) = text.strip_prefix('[') {
        let (element, rest) = inner(rest)?;
        let Some(length) = rest.strip_prefix(';') else {
            return Ok((Type::list(element), after(rest, "]")?));
        };
        let (number, rest) = length.split_once(']').ok_or(("`]`", length))?;
        let number = number.trim().parse().map_err(|_| ("a number", length))?;
        return Ok((Type::array(element, number), rest));
    }
    if let Some(rest) = text.strip_prefix('{') {
        let (key, rest) = inner(rest)?;
        let (value, rest) = inner(after(rest, ":")?)?;
        return Ok((Type::map(key, value), after(rest, "}")?));
    }
    if let Some(rest) = text.strip_prefix('(') {
        return tuple(rest, depth);
    }
    if let Some(rest) = text.strip_prefix("Option<") {
        let (ty, rest) = inner(rest)?;
        return Ok((Type::option(ty), after(rest, ">")?));
    }
    if let Some(rest) = text.strip_prefix("foreign ") {
        return foreign(rest);
    }
    named(text)
}

fn tuple(text: &str, depth: usize) -> Result<(Type, &str), Wrong<'_>> {
    let (mut members, mut rest) = (Vec::new(), text.trim_start());
    while !rest.starts_with(')') {
        let (member, behind) = parse(rest, depth + 1)?;
        members.push(member);
        rest = match behind.strip_prefix(',') {
            Some(behind) => behind.trim_start(),
            None => behind,
        };
        if rest.is_empty() {
            break;
        }
        if !behind.starts_with([',', ')']) {
            return Err(("`,` or `)`", behind));
        }
    }
    Ok((Type::Tuple(members), after(rest, ")")?))
}

/// A name in quotes, as JSON has them.
fn foreign(text: &str) -> Result<(Type, &str), Wrong<'_>> {
    let mut names = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match names.next() {
        Some(Ok(name)) => Ok((Type::Foreign(name), &text[names.byte_offset()..])),
        _ => Err(("a name in quotes", text)),
    }
}

fn named(text: &str) -> Result<(Type, &str), Wrong<'_>> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut end = 0;
    loop {
        let rest = &text[end..];
        let length = rest.find(|c| !word(c)).unwrap_or(rest.len());
        if length == 0 {
            return Err(("a type", rest));
        }
        end += length;
        match text[end..].strip_prefix("::") {
            Some(rest) if rest.starts_with(word) => end += 2,
            _ => break,
        }
    }
    let (name, rest) = text.split_at(end);
    let known = SCALARS.iter().find(|(known, _)| *known == name && name != "foreign");
    let ty = known.map_or_else(|| Type::Named(name.to_owned()), |&(_, scalar)| Type::Scalar(scalar));
    Ok((ty, rest))
}

fn after<'t>(text: &'t str, what: &'static str) -> Result<&'t str, Wrong<'t>> {
    text.trim_start().strip_prefix(what).ok_or((what, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_their_text() {
        for text in [
            "String",
            "Option<[OrderLine]>",
            "{Uuid: (u8, i128, null)}",
            "[[f64; 3]]",
            "{Reason::other: Reason::Other}",
            "(foreign \"DateTime<\\\"x\\\">\", any)",
            "()",
        ] {
            let ty: Type = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(ty.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_type_is_told() {
        for (text, rest) in [
            ("", ""),
            ("[String", ""),
            ("[u8; x]", " x]"),
            ("String String", " String"),
            ("(u8 u8)", " u8)"),
            ("{String}", "}"),
            ("foreign Decimal", "Decimal"),
            ("Option<u8", ""),
            ("(u8", ""),
        ] {
            let error = text.parse::<Type>().expect_err(text);
            assert_eq!(error.rest, rest, "{error}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(deep.parse::<Type>().expect_err("deep").expected, "a simpler type");
    }
}

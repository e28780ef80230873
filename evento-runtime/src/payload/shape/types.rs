//! The shape of JSON, as data.

use std::collections::BTreeMap;

/// A JSON value that has one form of its own, whatever else is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scalar {
    /// `null`.
    Null,
    /// Whatever JSON there is.
    Any,
    /// `true` or `false`.
    Bool,
    /// A text of one character.
    Char,
    /// A text.
    String,
    /// A text that is a UUID.
    Uuid,
    /// An integer from 0 with so many bits.
    Unsigned(u8),
    /// An integer with so many bits.
    Signed(u8),
    /// A number with so many bits.
    Float(u8),
}

/// What a JSON value is like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// One of the simple ones.
    Scalar(Scalar),
    /// That, or `null`.
    Option(Box<Self>),
    /// A list of these.
    List(Box<Self>),
    /// A list of exactly so many of these.
    Array(Box<Self>, usize),
    /// A list with one of each.
    Tuple(Vec<Self>),
    /// An object with any keys of the one type and values of the other.
    Map(Box<Self>, Box<Self>),
    /// What is [defined](Definition) under this label.
    Named(String),
    /// What nothing but its name is known of.
    Foreign(String),
}

impl Type {
    /// That, or `null`.
    #[must_use]
    pub fn option(inner: Self) -> Self {
        // Serde writes `Some(None)` and `None` alike.
        match inner {
            Self::Option(_) => inner,
            inner => Self::Option(Box::new(inner)),
        }
    }

    /// A list of these.
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A list of exactly so many of these.
    #[must_use]
    pub fn array(element: Self, length: usize) -> Self {
        Self::Array(Box::new(element), length)
    }

    /// An object with any keys of the one type and values of the other.
    #[must_use]
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }
}

/// What a label stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Definition {
    /// An object with these fields.
    Struct(Members),
    /// One of several.
    Enum(Tagging, Vec<Variant>),
}

/// What is in an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The fields, by their names.
    pub fields: Vec<Field>,
    /// What lies between the fields and is no struct: maps, enums, what is foreign.
    pub flattened: Vec<Type>,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name under which it is written.
    pub name: String,
    /// The names under which it is read; none when it is not.
    pub reads: Vec<String>,
    /// Whether it is read without complaint when it is not there.
    pub optional: bool,
    /// Whether it may be left out when it is written.
    pub omitted: bool,
    /// Whether it is read only.
    pub unwritten: bool,
    /// What it holds.
    pub ty: Type,
}

/// How it is told which variant of an enum is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tagging {
    /// An object with one field, which is the variant; only its name when it holds nothing.
    External,
    /// A field among those of the variant.
    Internal {
        /// The name of the field.
        tag: String,
    },
    /// A field beside one with what the variant holds.
    Adjacent {
        /// The name of the field with the name.
        tag: String,
        /// The name of the field with what it holds.
        content: String,
    },
    /// Not at all: the first one that fits.
    Untagged,
}

/// One of the forms of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name under which it is written.
    pub name: String,
    /// The names under which it is read; none when it is not.
    pub reads: Vec<String>,
    /// What it holds, if anything.
    pub content: Option<Type>,
}

/// A type with everything that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The type.
    pub root: Type,
    /// The type of the answer, for a query.
    pub response: Option<Type>,
    /// What the labels stand for.
    pub definitions: BTreeMap<String, Definition>,
}

//! What attributes tell serde. Mistakes in them are serde's to complain of: it derives beside us.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token, Type, punctuated::Punctuated};

use super::case::Case;

type List = Punctuated<Meta, Token![,]>;

/// Everything in the `#[serde(..)]`s of an item, a variant or a field.
pub(super) struct Said(Vec<One>);

/// `rename = "a"`, `rename(serialize = "a", deserialize = "b")`, `skip`.
struct One {
    name: String,
    value: Option<String>,
    write: Option<String>,
    read: Option<String>,
}

impl Said {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let lists = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("serde"))
            .filter_map(|attribute| attribute.parse_args_with(List::parse_terminated).ok());
        Self(lists.flatten().filter_map(one).collect())
    }

    fn get(&self, name: &str) -> Option<&One> {
        self.0.iter().find(|one| one.name == name)
    }

    /// Whether it is there, with or without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The text that it is given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_deref()
    }

    /// The type in its text.
    pub(super) fn ty(&self, name: &str) -> Option<Type> {
        syn::parse_str(self.text(name)?).ok()
    }

    /// The function or module that writes or reads in place of the type.
    pub(super) fn by_hand(&self) -> Option<&str> {
        ["with", "serialize_with", "deserialize_with"].into_iter().find_map(|name| self.text(name))
    }

    pub(super) fn is_skipped(&self) -> bool {
        self.has("skip") || (self.is_unwritten() && self.is_unread())
    }

    pub(super) fn is_unwritten(&self) -> bool {
        self.has("skip_serializing")
    }

    pub(super) fn is_unread(&self) -> bool {
        self.has("skip_deserializing")
    }

    /// The rules of this name for writing and for reading.
    pub(super) fn cases(&self, name: &str) -> Cases {
        let Some(one) = self.get(name) else { return Cases::default() };
        let case = |text: &Option<String>| text.as_deref().or(one.value.as_deref()).and_then(Case::named);
        Cases { write: case(&one.write), read: case(&one.read) }
    }

    /// What it is called in JSON, where the rules make this of its name: how it is written, and how it is read.
    pub(super) fn names(&self, written: String, read: String) -> (String, Vec<String>) {
        let renamed = self.get("rename");
        let other = |text: fn(&One) -> &Option<String>| {
            renamed.and_then(|one| text(one).clone().or_else(|| one.value.clone()))
        };
        let (written, read) =
            (other(|one| &one.write).unwrap_or(written), other(|one| &one.read).unwrap_or(read));
        let aliases = self.0.iter().filter(|one| one.name == "alias").filter_map(|one| one.value.clone());
        let reads = if self.is_unread() { Vec::new() } else { [read].into_iter().chain(aliases).collect() };
        (written, reads)
    }
}

/// Rules for names.
#[derive(Clone, Copy, Default)]
pub(super) struct Cases {
    pub(super) write: Option<Case>,
    pub(super) read: Option<Case>,
}

impl Cases {
    /// How a name is written, and how it is read.
    pub(super) fn both(self, name: &str, spell: fn(Case, &str) -> String) -> (String, String) {
        let spelt = |case: Option<Case>| case.map_or_else(|| name.to_owned(), |case| spell(case, name));
        (spelt(self.write), spelt(self.read))
    }
}

fn one(meta: Meta) -> Option<One> {
    let name = meta.path().get_ident()?.to_string();
    let (mut value, mut write, mut read) = (None, None, None);
    match &meta {
        Meta::Path(_) => {}
        Meta::NameValue(pair) => value = text(&pair.value),
        Meta::List(list) => {
            for inner in list.parse_args_with(List::parse_terminated).ok()? {
                let Meta::NameValue(pair) = inner else { continue };
                match text(&pair.value) {
                    text if pair.path.is_ident("serialize") => write = text,
                    text if pair.path.is_ident("deserialize") => read = text,
                    _ => {}
                }
            }
        }
    }
    Some(One { name, value, write, read })
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

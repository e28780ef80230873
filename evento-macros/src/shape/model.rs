//! What a type says of its JSON.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Data, DeriveInput, Generics, Ident, Path, Type, ext::IdentExt};

use super::{
    case::Case,
    serde::{Cases, Said},
};
use crate::{
    errors::Errors,
    options::{self, CRATE, Options},
    output,
};

/// A type with its shape.
pub(super) struct Shaped {
    pub(super) krate: Path,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) body: Body,
}

/// What stands for the JSON.
pub(super) enum Body {
    /// That of another type.
    Same(Box<Type>),
    /// What only the name tells.
    Foreign(String),
    Fields(Fields),
    Enum(Tagging, Vec<Variant>),
}

/// The fields of a struct or variant.
pub(super) enum Fields {
    /// None: `null`.
    Unit,
    /// One without a name: its own JSON.
    One(Holds),
    /// Several without names: a list.
    Tuple(Vec<Holds>),
    Named(Vec<Field>),
}

/// A field with a name.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) reads: Vec<String>,
    pub(super) default: bool,
    pub(super) omitted: bool,
    pub(super) unwritten: bool,
    pub(super) flatten: bool,
    pub(super) holds: Holds,
}

/// What a field holds.
pub(super) enum Holds {
    Type(Box<Type>),
    /// What is written or read by a function of the user.
    Foreign(String),
}

pub(super) enum Tagging {
    External,
    Internal(String),
    Adjacent(String, String),
    Untagged,
}

pub(super) struct Variant {
    pub(super) name: String,
    pub(super) reads: Vec<String>,
    pub(super) fields: Fields,
}

/// Reads a type. What cannot be understood is reported.
pub(super) fn build(item: DeriveInput, errors: &mut Errors) -> Option<Shaped> {
    let krate = krate(&item.attrs, errors);
    let said = Said::of(&item.attrs);
    let name = || item.ident.unraw().to_string();
    let own = || match &item.data {
        Data::Struct(data) => {
            let cases = said.cases("rename_all");
            let fields = fields(&data.fields, cases, said.has("default"));
            Some(match transparent(&said, fields) {
                Ok(holds) => match holds {
                    Holds::Type(ty) => Body::Same(ty),
                    Holds::Foreign(name) => Body::Foreign(name),
                },
                Err(fields) => Body::Fields(fields),
            })
        }
        Data::Enum(data) => {
            // A tagged enum with variants that are not is told from its JSON by trying.
            let mixed = data.variants.iter().any(|variant| Said::of(&variant.attrs).has("untagged"));
            Some(if mixed {
                Body::Foreign(name())
            } else {
                Body::Enum(tagging(&said), variants(data, &said))
            })
        }
        Data::Union(_) => None,
    };
    // What is written in the form of another type has that shape; it is also what is read.
    let body = match said.ty("into") {
        Some(other) => Some(Body::Same(Box::new(other))),
        None => own(),
    };
    if body.is_none() {
        errors.at(&item.ident, "a union has no JSON, hence no shape");
    }
    Some(Shaped { krate, body: body?, ident: item.ident, generics: item.generics })
}

/// `#[shape(crate = path)]`
fn krate(attributes: &[Attribute], errors: &mut Errors) -> Path {
    let tokens =
        attributes.iter().find(|attribute| attribute.path().is_ident("shape")).map(
            |attribute| match attribute.meta.require_list() {
                Ok(list) => list.tokens.clone(),
                Err(error) => {
                    errors.push(error);
                    TokenStream::new()
                }
            },
        );
    options::krate(&Options::parse(tokens.unwrap_or_default(), "shape", &[CRATE], errors))
}

/// The only field of `#[serde(transparent)]`.
fn transparent(said: &Said, fields: Fields) -> Result<Holds, Fields> {
    match fields {
        Fields::Named(mut fields) if said.has("transparent") && fields.len() == 1 => {
            fields.pop().map(|field| field.holds).ok_or(Fields::Unit)
        }
        Fields::One(holds) => Ok(holds),
        fields => Err(fields),
    }
}

fn tagging(said: &Said) -> Tagging {
    match (said.text("tag"), said.text("content")) {
        (Some(tag), Some(content)) => Tagging::Adjacent(tag.to_owned(), content.to_owned()),
        (Some(tag), None) => Tagging::Internal(tag.to_owned()),
        (None, _) if said.has("untagged") => Tagging::Untagged,
        (None, _) => Tagging::External,
    }
}

fn variants(data: &syn::DataEnum, said: &Said) -> Vec<Variant> {
    let (of_variants, of_fields) = (said.cases("rename_all"), said.cases("rename_all_fields"));
    let mut variants = Vec::new();
    for variant in &data.variants {
        let said = Said::of(&variant.attrs);
        if said.is_skipped() {
            continue;
        }
        let (written, read) = of_variants.both(&variant.ident.unraw().to_string(), Case::variant);
        let (name, reads) = said.names(written, read);
        let cases = if said.has("rename_all") { said.cases("rename_all") } else { of_fields };
        let fields = match said.by_hand() {
            Some(hand) => Fields::One(Holds::Foreign(format!("{} with {hand}", variant.ident.unraw()))),
            None => self::fields(&variant.fields, cases, false),
        };
        variants.push(Variant { name, reads, fields });
    }
    variants
}

fn fields(fields: &syn::Fields, cases: Cases, default: bool) -> Fields {
    let known: Vec<_> = fields.iter().map(|field| (field, Said::of(&field.attrs))).collect();
    let named = |(field, said): (&syn::Field, Said)| {
        let ident = field.ident.as_ref().map(|ident| ident.unraw().to_string()).unwrap_or_default();
        let (written, read) = cases.both(&ident, Case::field);
        let (name, reads) = said.names(written, read);
        Field {
            name,
            reads,
            default: default || said.has("default") || said.is_unread(),
            omitted: said.has("skip_serializing_if"),
            unwritten: said.is_unwritten(),
            flatten: said.has("flatten"),
            holds: holds(field, &said),
        }
    };
    let left = known.into_iter().filter(|(_, said)| !said.is_skipped());
    match fields {
        syn::Fields::Unit => Fields::Unit,
        syn::Fields::Named(_) => Fields::Named(left.map(named).collect()),
        syn::Fields::Unnamed(all) => {
            let mut left: Vec<_> = left.map(|(field, said)| holds(field, &said)).collect();
            match (all.unnamed.len(), left.pop()) {
                (1, Some(only)) => Fields::One(only),
                (_, last) => Fields::Tuple(left.into_iter().chain(last).collect()),
            }
        }
    }
}

fn holds(field: &syn::Field, said: &Said) -> Holds {
    match said.by_hand() {
        Some(hand) => {
            let ty = output::written(field.ty.to_token_stream());
            Holds::Foreign(format!("{ty} with {hand}"))
        }
        None => Holds::Type(Box::new(field.ty.clone())),
    }
}

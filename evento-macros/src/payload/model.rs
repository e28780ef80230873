//! What a payload attribute and its item say.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Data, DeriveInput, Fields, Ident, LitStr, Path, Type};

use super::kind::{Kind, Role};
use crate::{
    errors::Errors,
    options::{self, Options},
    output, suggest,
};

/// The traits that the attribute derives.
pub(crate) const DERIVED: [&str; 4] = ["Debug", "Clone", "Serialize", "Deserialize"];

/// A payload or state.
pub(crate) struct Payload {
    pub(crate) kind: Kind,
    pub(crate) krate: Path,
    pub(crate) options: Options,
    /// The item, without the attributes of its fields that are ours.
    pub(crate) item: DeriveInput,
    /// The stored name.
    pub(crate) name: LitStr,
    /// Derives that the user writes by hand.
    pub(crate) manual: Vec<String>,
    /// The named fields of a struct.
    pub(crate) fields: Vec<Field>,
    /// Whether an attribute of a field could not be understood, so that it is no use to complain of what is missing.
    pub(crate) incomplete: bool,
    pub(crate) cfgs: Vec<Attribute>,
    /// The hash of the item as it was written.
    pub(crate) definition: u64,
}

/// A named field.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// What it is for, with the attributes that say so.
    pub(crate) roles: Vec<(Role, Attribute)>,
    pub(crate) cfgs: Vec<Attribute>,
}

impl Field {
    /// Whether its type may be that of a value which identifies: an `Option` may not.
    pub(crate) fn may_identify(&self) -> bool {
        let option = matches!(&self.ty, Type::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
        !option || self.roles.iter().all(|(role, _)| *role == Role::Index)
    }
}

impl Payload {
    /// The version of its shape.
    pub(crate) fn version(&self) -> u32 {
        let version = self.options.number("version").and_then(|number| u32::try_from(number.value).ok());
        version.unwrap_or(1).max(1)
    }

    /// The fields with a role.
    pub(crate) fn with(&self, role: Role) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.roles.iter().any(|(other, _)| *other == role))
    }
}

/// Reads options and item.
pub(crate) fn build(kind: Kind, tokens: TokenStream, mut item: DeriveInput, errors: &mut Errors) -> Payload {
    let definition = {
        let item = &item;
        crate::hash::tokens(quote::quote!(#item))
    };
    let options = Options::parse(tokens, kind.attribute(), kind.options(), errors);
    drop_second_attribute(kind, &mut item, errors);
    let name = options::stored_name(&options, &item.ident, errors);
    let manual = manual(&options, errors);
    let (fields, incomplete) = fields(kind, &mut item, errors);
    let (krate, cfgs) = (options::krate(&options), output::cfgs(&item.attrs));
    Payload { kind, krate, options, item, name, manual, fields, incomplete, cfgs, definition }
}

/// An item is one kind of payload.
fn drop_second_attribute(kind: Kind, item: &mut DeriveInput, errors: &mut Errors) {
    item.attrs.retain(|attribute| {
        let second = Kind::ALL.iter().find(|kind| output::is_called(attribute, kind.attribute()));
        match second {
            Some(second) if *second == kind => {
                errors.at(attribute, format!("`#[{}]` is there twice", kind.attribute()));
            }
            Some(second) => errors.at(
                attribute,
                format!(
                    "one type is either {} or {}: choose `#[{}]` or `#[{}]`",
                    kind.noun(),
                    second.noun(),
                    kind.attribute(),
                    second.attribute()
                ),
            ),
            None => {}
        }
        second.is_none()
    });
}

fn manual(options: &Options, errors: &mut Errors) -> Vec<String> {
    let mut manual = Vec::new();
    for token in options.list("manual").into_iter().flat_map(|list| list.stream()) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {}
            token => {
                let text = token.to_string();
                if DERIVED.contains(&text.as_str()) {
                    manual.push(text);
                } else {
                    let hint = suggest::hint(&text, &DERIVED);
                    errors.at(&token, format!("`{text}` is not derived by this attribute; {hint}"));
                }
            }
        }
    }
    manual
}

/// The named fields, and whether an attribute of one was a mistake.
fn fields(kind: Kind, item: &mut DeriveInput, errors: &mut Errors) -> (Vec<Field>, bool) {
    let (mut fields, mut incomplete) = (Vec::new(), false);
    let Data::Struct(data) = &mut item.data else { return (fields, incomplete) };
    let Fields::Named(named) = &mut data.fields else { return (fields, incomplete) };
    for field in &mut named.named {
        let Some(ident) = field.ident.clone() else { continue };
        let mut roles: Vec<(Role, Attribute)> = Vec::new();
        field.attrs.retain(|attribute| match role_of(kind, attribute, errors) {
            Found::Foreign => true,
            Found::Mistake => {
                incomplete = true;
                false
            }
            Found::Role(role) => {
                if roles.iter().any(|(other, _)| *other == role) {
                    errors.at(attribute, format!("`#[{}]` is there twice", role.attribute()));
                }
                roles.push((role, attribute.clone()));
                false
            }
        });
        fields.push(Field { ident, ty: field.ty.clone(), roles, cfgs: output::cfgs(&field.attrs) });
    }
    (fields, incomplete)
}

enum Found {
    Role(Role),
    /// Ours, but wrong; the error is reported.
    Mistake,
    /// Not ours.
    Foreign,
}

fn role_of(kind: Kind, attribute: &Attribute, errors: &mut Errors) -> Found {
    let Some(name) = attribute.path().get_ident().map(ToString::to_string) else { return Found::Foreign };
    if let Some(role) = Role::ALL.into_iter().find(|role| name == role.attribute()) {
        if !kind.field_attributes().contains(&role) {
            errors.at(
                attribute,
                format!("`#[{name}]` belongs in `#[{}]`, and this is {}", role.belongs_to(), kind.noun()),
            );
            return Found::Mistake;
        }
        if attribute.meta.require_path_only().is_err() {
            errors.at(attribute, format!("`#[{name}]` takes no options"));
        }
        return Found::Role(role);
    }
    // No attribute of the language or of serde is like one of ours.
    let ours: Vec<_> = kind.field_attributes().iter().map(|role| role.attribute()).collect();
    match suggest::similar(&name, ours) {
        Some(meant) if !matches!(name.as_str(), "doc" | "cfg") => {
            errors.at(attribute, format!("unknown attribute `#[{name}]`; did you mean `#[{meant}]`?"));
            Found::Mistake
        }
        _ => Found::Foreign,
    }
}

//! What `#[upcasters]` and its `impl` block say.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, FnArg, Generics, Ident, Meta, Path, ReturnType, Signature, Type, ext::IdentExt};

use crate::{
    component::parse::{ImplBlock, Member, Method},
    errors::Errors,
    options::{self, CRATE, Known, Number, Options, Shape, known},
    output, suggest,
};

/// The name of the methods' attribute.
pub(super) const UPCAST: &str = "upcast";

const FROM: Known = known("from", Shape::Number, "from = 1");

/// The upcasters of an event.
pub(super) struct Upcasters {
    pub(super) krate: Path,
    /// The event as it is written.
    pub(super) ty: Type,
    pub(super) generics: Generics,
    /// The trait of a trait impl.
    pub(super) of_trait: Option<Type>,
    pub(super) steps: Vec<Step>,
    pub(super) cfgs: Vec<Attribute>,
}

/// One of them.
pub(super) struct Step {
    /// The attribute itself, for underlining it.
    pub(super) attribute: Attribute,
    options: Options,
    /// Whether it says nothing at all, not even something wrong.
    pub(super) is_silent: bool,
    pub(super) sig: Signature,
    pub(super) cfgs: Vec<Attribute>,
    /// The hash of signature and body.
    pub(super) code: u64,
}

impl Upcasters {
    /// The name of the event's type, for sentences.
    pub(super) fn name(&self) -> String {
        match &self.ty {
            Type::Path(path) if path.qself.is_none() => {
                path.path.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
            }
            other => output::written(other.to_token_stream()),
        }
    }

    /// Whether generated code can name the event.
    pub(super) fn is_nameable(&self) -> bool {
        self.generics.params.is_empty() && matches!(&self.ty, Type::Path(path) if path.qself.is_none())
    }
}

impl Step {
    pub(super) fn ident(&self) -> &Ident {
        &self.sig.ident
    }

    /// The version that it starts from, as it is written.
    pub(super) fn from(&self) -> Option<&Number> {
        self.options.number(FROM.name)
    }

    /// That version, which was checked to be in range.
    pub(super) fn version(&self) -> Option<u32> {
        self.from().and_then(|from| u32::try_from(from.value).ok())
    }

    /// The type of the parameter, if there is exactly one.
    pub(super) fn param(&self) -> Option<&Type> {
        let mut inputs = self.sig.inputs.iter();
        match (inputs.next(), inputs.next()) {
            (Some(FnArg::Typed(only)), None) => Some(&only.ty),
            _ => None,
        }
    }

    /// The return type, if one is written.
    pub(super) fn output(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(ty),
        }
    }
}

/// Reads options and block. Gives back the block without what is ours.
pub(super) fn build(
    tokens: TokenStream,
    mut block: ImplBlock,
    errors: &mut Errors,
) -> (ImplBlock, Upcasters) {
    let options = Options::parse(tokens, "upcasters", const { &[CRATE] }, errors);
    let steps = block
        .members
        .iter_mut()
        .filter_map(|member| match member {
            Member::Method(method) => step(method, errors),
            Member::Other(_) => None,
            Member::Unreadable(_, error) => {
                errors.at_span(error.span(), "this method is left out until its signature can be read");
                None
            }
        })
        .collect();
    let upcasters = Upcasters {
        krate: options::krate(&options),
        ty: block.self_ty.clone(),
        generics: block.generics.clone(),
        of_trait: block.of_trait.clone(),
        steps,
        cfgs: output::cfgs(&block.attrs),
    };
    (block, upcasters)
}

/// Takes our attribute from a method; `None` for one that has none.
fn step(method: &mut Method, errors: &mut Errors) -> Option<Step> {
    let mut ours: Option<Attribute> = None;
    method.attrs.retain(|attribute| {
        if output::is_called(attribute, UPCAST) {
            if ours.is_some() {
                errors.at(attribute, "`#[upcast]` is there twice: an upcaster starts from one version");
            }
            ours.get_or_insert_with(|| attribute.clone());
            return false;
        }
        if let Some(name) = misspelt(attribute) {
            errors.at(attribute.path(), format!("unknown attribute `#[{name}]`; did you mean `#[upcast]`?"));
            return false;
        }
        true
    });
    let attribute = ours?;
    let is_silent = match &attribute.meta {
        Meta::List(list) => list.tokens.is_empty(),
        Meta::Path(_) => true,
        Meta::NameValue(_) => false,
    };
    let options = match &attribute.meta {
        Meta::Path(_) => Options::none(),
        Meta::List(list) => Options::parse(list.tokens.clone(), UPCAST, const { &[FROM] }, errors),
        Meta::NameValue(value) => {
            errors.at(value, "options stand in parentheses: `#[upcast(from = 1)]`");
            Options::none()
        }
    };
    Some(Step {
        options,
        is_silent,
        attribute,
        sig: method.sig.clone(),
        cfgs: output::cfgs(&method.attrs),
        code: crate::hash::tokens(method.code()),
    })
}

/// A name that is nearly ours, and none of the language.
fn misspelt(attribute: &Attribute) -> Option<String> {
    let name = attribute.path().get_ident()?.to_string();
    let known = ["inline", "test", "cold", "doc", "cfg", "allow", "warn", "deny", "expect", "must_use"];
    let is_ours = !known.contains(&name.as_str()) && suggest::similar(&name, [UPCAST]).is_some();
    is_ours.then_some(name)
}

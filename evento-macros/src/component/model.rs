//! What a component attribute and its `impl` block say.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, Ident, LitStr, Pat, Path, ReceiverKind, ReturnType, Signature, Type, Visibility,
};

use super::{
    kind::{Kind, Method},
    parse::{ImplBlock, Member, Method as Code},
};
use crate::{
    errors::Errors,
    options::{self, Options},
    output, suggest,
};

/// A component.
pub(crate) struct Component {
    pub(crate) kind: Kind,
    pub(crate) krate: Path,
    pub(crate) options: Options,
    /// The type as it is written.
    pub(crate) ty: Type,
    /// Its last name.
    pub(crate) ident: Ident,
    /// The stored name.
    pub(crate) name: LitStr,
    /// Handlers, and the setup of a projector.
    pub(crate) handlers: Vec<Handler>,
    pub(crate) constructors: Vec<Handler>,
    pub(crate) cfgs: Vec<Attribute>,
    /// Whether a method could not be understood, so that it is no use to complain of what is missing.
    pub(crate) incomplete: bool,
}

/// A method with an attribute of ours.
pub(crate) struct Handler {
    pub(crate) method: Method,
    /// The attribute itself, for underlining it.
    pub(crate) attribute: Attribute,
    pub(crate) options: Options,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) receiver: Receiver,
    /// The first parameter, where that is a payload.
    pub(crate) payload: Option<Payload>,
    /// The other parameters.
    pub(crate) params: Vec<Param>,
    /// The hash of signature and body.
    pub(crate) code: u64,
}

/// How a method takes `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    None,
    Ref,
    Mut,
    Owned,
    /// `self: Something`
    Other,
}

/// A payload parameter.
pub(crate) struct Payload {
    pub(crate) borrowed: bool,
    pub(crate) ty: Type,
}

/// Another parameter.
pub(crate) struct Param {
    pub(crate) name: Option<Ident>,
    pub(crate) ty: Type,
}

impl Handler {
    pub(crate) fn ident(&self) -> &Ident {
        &self.sig.ident
    }

    /// The return type, if one is written.
    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(ty),
        }
    }
}

/// Reads options and block. Gives back the block without what is ours, and nothing more when it is on the wrong kind of
/// block.
pub(crate) fn build(
    kind: Kind,
    tokens: TokenStream,
    mut block: ImplBlock,
    errors: &mut Errors,
) -> (ImplBlock, Option<Component>) {
    let options = Options::parse(tokens, kind.attribute(), kind.options(), errors);
    drop_second_attribute(kind, &mut block, errors);
    let (mut handlers, mut constructors, mut incomplete) = (Vec::new(), Vec::new(), false);
    for member in &mut block.members {
        let code = match member {
            Member::Method(code) => code,
            Member::Other(_) => continue,
            Member::Unreadable(_, error) => {
                errors.at_span(error.span(), "this method is left out until its signature can be read");
                incomplete = true;
                continue;
            }
        };
        match handler(kind, code, errors) {
            Found::Plain => {}
            Found::Mistake => incomplete = true,
            Found::Handler(handler) if handler.method == Method::Inject => constructors.push(*handler),
            Found::Handler(handler) => handlers.push(*handler),
        }
    }
    let Some(ident) = target(kind, &block, errors) else { return (block, None) };
    let component = Component {
        kind,
        krate: options::krate(&options),
        name: options::stored_name(&options, &ident, errors),
        options,
        ty: block.self_ty.clone(),
        ident,
        handlers,
        constructors,
        cfgs: output::cfgs(&block.attrs),
        incomplete,
    };
    (block, Some(component))
}

/// The block is `impl Name { .. }`: not of a trait, and without parameters.
fn target(kind: Kind, block: &ImplBlock, errors: &mut Errors) -> Option<Ident> {
    let attribute = kind.attribute();
    if let Some(of_trait) = &block.of_trait {
        errors.at(
            of_trait,
            format!("`#[{attribute}]` goes on an inherent `impl` block, not on that of a trait"),
        );
        return None;
    }
    if !block.generics.params.is_empty() {
        errors.at(
            &block.generics,
            format!(
                "{} is one concrete type: `#[{attribute}]` goes on a non-generic `impl` block",
                kind.noun()
            ),
        );
        return None;
    }
    match &block.self_ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last().map(|last| last.ident.clone()),
        other => {
            errors.at(
                other,
                format!("{} is a struct of yours: `impl {} {{ .. }}`", kind.noun(), kind.example()),
            );
            None
        }
    }
}

fn drop_second_attribute(kind: Kind, block: &mut ImplBlock, errors: &mut Errors) {
    block.attrs.retain(|attribute| {
        let second = Kind::ALL.iter().find(|kind| output::is_called(attribute, kind.attribute()));
        if let Some(second) = second {
            let message = if *second == kind {
                format!("`#[{}]` is there twice", kind.attribute())
            } else {
                format!(
                    "one type is either {} or {}: choose `#[{}]` or `#[{}]`",
                    kind.noun(),
                    second.noun(),
                    kind.attribute(),
                    second.attribute()
                )
            };
            errors.at(attribute, message);
        }
        second.is_none()
    });
}

enum Found {
    Handler(Box<Handler>),
    /// A method without an attribute of ours.
    Plain,
    /// One with a wrong attribute; the error is reported.
    Mistake,
}

/// Takes our attributes from a method.
fn handler(kind: Kind, code: &mut Code, errors: &mut Errors) -> Found {
    let (mut ours, mut misspelt) = (Vec::new(), false);
    code.attrs.retain(|attribute| {
        if let Some(method) =
            Method::ALL.into_iter().find(|method| output::is_called(attribute, method.attribute()))
        {
            ours.push((method, attribute.clone()));
            return false;
        }
        match misspelt_attribute(kind, attribute) {
            Some(meant) => {
                let name = attribute.path();
                errors.at(
                    name,
                    format!(
                        "unknown attribute `#[{}]`; did you mean `#[{meant}]`?",
                        output::written(name.to_token_stream())
                    ),
                );
                misspelt = true;
                false
            }
            None => true,
        }
    });
    let mut ours = ours.into_iter();
    let Some((method, attribute)) = ours.next() else {
        return if misspelt { Found::Mistake } else { Found::Plain };
    };
    let mut mistake = misspelt;
    for (second, attribute) in ours {
        let (first, second) = (method.attribute(), second.attribute());
        let message = if first == second {
            format!("`#[{first}]` is there twice")
        } else {
            format!("a method has one role: choose `#[{first}]` or `#[{second}]`")
        };
        errors.at(attribute, message);
        mistake = true;
    }
    mistake |= !belongs(kind, method, &attribute, errors);
    if mistake {
        return Found::Mistake;
    }
    read(method, attribute, code, errors).map_or(Found::Mistake, |handler| Found::Handler(Box::new(handler)))
}

/// A name that is nearly one of ours, and no attribute of the language.
fn misspelt_attribute(kind: Kind, attribute: &Attribute) -> Option<&'static str> {
    let name = attribute.path().get_ident()?.to_string();
    if ["inline", "test", "cold", "doc", "cfg", "allow", "warn", "deny", "expect", "must_use"]
        .contains(&name.as_str())
    {
        return None;
    }
    let known = kind.methods().into_iter().chain(Method::ALL).map(Method::attribute);
    suggest::similar(&name, known)
}

fn belongs(kind: Kind, method: Method, attribute: &Attribute, errors: &mut Errors) -> bool {
    if kind.methods().contains(&method) {
        return true;
    }
    let noun = kind.noun();
    if method == Method::Inject {
        errors.at(
            attribute,
            format!("nothing is injected into {noun}, whose `self` is the state: send a command, or ask a query, for what it needs"),
        );
    } else {
        let expected: Vec<_> =
            kind.handlers().iter().map(|method| format!("`#[{}]`", method.attribute())).collect();
        errors.at(
            attribute,
            format!(
                "`#[{}]` belongs in {}, and this is {noun}; expected {}",
                method.attribute(),
                method.belongs_in(),
                expected.join(" or ")
            ),
        );
    }
    false
}

fn read(method: Method, attribute: Attribute, code: &Code, errors: &mut Errors) -> Option<Handler> {
    let options = match &attribute.meta {
        syn::Meta::Path(_) => Options::none(),
        syn::Meta::List(list) => {
            Options::parse(list.tokens.clone(), method.attribute(), method.options(), errors)
        }
        syn::Meta::NameValue(value) => {
            errors.at(value, format!("options stand in parentheses: `#[{}(..)]`", method.attribute()));
            Options::none()
        }
    };
    let mut params = Vec::new();
    let mut receiver = Receiver::None;
    for input in &code.sig.inputs {
        match input {
            FnArg::Receiver(taken) => {
                receiver = match &taken.kind {
                    ReceiverKind::Value => Receiver::Owned,
                    ReceiverKind::Reference(_, _, None) => Receiver::Ref,
                    ReceiverKind::Reference(_, _, Some(_)) => Receiver::Mut,
                    _ => Receiver::Other,
                };
            }
            FnArg::Typed(typed) => {
                let name = match &*typed.pat {
                    Pat::Ident(pattern) => Some(pattern.ident.clone()),
                    _ => None,
                };
                params.push(Param { name, ty: ungrouped(&typed.ty) });
            }
        }
    }
    let payload = match method.payload() {
        Some(_) => Some(payload(method, &code.sig, &mut params, errors)?),
        None => None,
    };
    Some(Handler {
        method,
        attribute,
        options,
        docs: output::docs(&code.attrs),
        cfgs: output::cfgs(&code.attrs),
        vis: code.vis.clone(),
        sig: code.sig.clone(),
        receiver,
        payload,
        params,
        code: crate::hash::tokens(code.code()),
    })
}

/// The first parameter after the receiver is the payload, by value or by `&`.
fn payload(method: Method, sig: &Signature, params: &mut Vec<Param>, errors: &mut Errors) -> Option<Payload> {
    let what = method.payload().unwrap_or("payload");
    let (article, of) = if what == "event" { ("an", "Event") } else { ("a", "Payload") };
    if params.is_empty() {
        errors.at(
            &sig.ident,
            format!(
                "`{}` takes no {what}: the first parameter after the receiver is {article} {what}",
                sig.ident
            ),
        );
        return None;
    }
    let first = params.remove(0);
    let (borrowed, ty) = match &first.ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            errors.at(&first.ty, format!("nobody changes {article} {what}: take `{of}` or `&{of}`"));
            return None;
        }
        Type::Reference(reference) => (true, ungrouped(&reference.elem)),
        _ => (false, first.ty.clone()),
    };
    if let Some(name) = injectable(&ty) {
        errors.at(
            &first.ty,
            format!(
                "the first parameter after the receiver is {article} {what}, and `{name}` stands after it"
            ),
        );
        return None;
    }
    Some(Payload { borrowed, ty })
}

/// Names of what handlers may take beside the payload.
const INJECTABLE: [&str; 16] = [
    "Commands",
    "Queries",
    "Timers",
    "Views",
    "Tables",
    "Metadata",
    "Timestamp",
    "CommandId",
    "CommandMessage",
    "EventMessage",
    "QueryMessage",
    "Position",
    "ReplayStatus",
    "SqliteConnection",
    "PgConnection",
    "MySqlConnection",
];

/// The name of a type, if it is one that handlers take beside the payload.
pub(crate) fn injectable(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    INJECTABLE.into_iter().find(|name| last.ident == name)
}

/// A type without the invisible groups that `macro_rules!` puts around it.
fn ungrouped(ty: &Type) -> Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        other => other.clone(),
    }
}

/// The first place where a type says `impl`.
pub(crate) fn impl_trait(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        proc_macro2::TokenTree::Ident(word) if word == "impl" => Some(word.span()),
        proc_macro2::TokenTree::Group(group) => impl_trait(group.stream()),
        _ => None,
    })
}

//! Rules of parameters that types alone cannot say well.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, Type, TypeReference};

use crate::{
    component::{
        Method,
        model::{Handler, Param, injectable},
    },
    errors::Errors,
    output::written,
};

pub(super) fn check(handler: &Handler, errors: &mut Errors) {
    for param in &handler.params {
        borrowed(param, errors);
        declared_once(param, errors);
        owned_argument(handler, param, errors);
    }
    one_access(handler, errors);
}

/// Capabilities are lent for the call.
fn borrowed(param: &Param, errors: &mut Errors) {
    const LENT: [&str; 9] = [
        "Commands",
        "Queries",
        "Timers",
        "Views",
        "Tables",
        "Metadata",
        "CommandMessage",
        "EventMessage",
        "QueryMessage",
    ];
    if let Some(name) = injectable(&param.ty)
        && LENT.contains(&name)
    {
        let ty = written(param.ty.to_token_stream());
        errors.at(&param.ty, format!("`{name}` is lent for the call: take `&{ty}`"));
    }
}

/// What `&Commands<(A, B)>`, `&Queries<(A, B)>` and `&Timers<(A, B)>` declare, they declare once, and at most sixteen at a time.
fn declared_once(param: &Param, errors: &mut Errors) {
    let Type::Reference(reference) = &param.ty else { return };
    let Some(name @ ("Commands" | "Queries" | "Timers")) = injectable(&reference.elem) else { return };
    let Some(Type::Tuple(tuple)) = argument(&reference.elem) else { return };
    let mut seen = Vec::new();
    for member in &tuple.elems {
        let text = written(member.to_token_stream());
        if seen.contains(&text) {
            errors.at(member, format!("`{text}` is given twice"));
        }
        seen.push(text);
    }
    if seen.len() > 16 {
        errors.at(
            tuple,
            format!("at most sixteen fit into one `{name}`: take a second `&{name}<(..)>` parameter for the others"),
        );
    }
}

fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// What a caller passes is owned, because the call may outlive the caller's wait.
fn owned_argument(handler: &Handler, param: &Param, errors: &mut Errors) {
    if handler.method != Method::InvocationHandler {
        return;
    }
    let injected = matches!(&param.ty, Type::Reference(reference) if injectable(&reference.elem).is_some());
    let Some(reference) = reference_in(&param.ty).filter(|_| !injected) else { return };
    let (owned, ty) = (written(owned(reference)), written(reference.to_token_stream()));
    errors.at(&param.ty, format!("arguments of an invocation are owned: take `{owned}` and not `{ty}`"));
}

/// What to take in place of a reference.
pub(crate) fn owned(reference: &TypeReference) -> TokenStream {
    match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => quote!(String),
        Type::Slice(slice) => {
            let elem = &slice.elem;
            quote!(Vec<#elem>)
        }
        other => other.to_token_stream(),
    }
}

/// The reference that a type is, or that it holds, such as that of `Option<&str>`. One that lives for ever may be held.
fn reference_in(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Reference(reference) => Some(reference),
        Type::Path(path) => path.path.segments.iter().find_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(ty) => held(ty),
                    _ => None,
                })
            }
            _ => None,
        }),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(held),
        Type::Array(array) => held(&array.elem),
        _ => None,
    }
}

fn held(ty: &Type) -> Option<&TypeReference> {
    reference_in(ty).filter(|held| held.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static"))
}

/// There is one connection to a read model, so it is lent to one parameter. `Views` share theirs.
fn one_access(handler: &Handler, errors: &mut Errors) {
    let connections: Vec<_> =
        handler.params.iter().filter(|param| is_connection(&param.ty)).map(|param| &param.ty).collect();
    for second in connections.iter().skip(1) {
        errors.at(second, "a handler has one connection, and it is taken already");
    }
    if connections.is_empty() {
        return;
    }
    for param in &handler.params {
        if matches!(&param.ty, Type::Reference(reference) if injectable(&reference.elem) == Some("Views")) {
            errors.at(
                &param.ty,
                "a handler takes views or a connection, not both: they are the same transaction",
            );
        }
    }
}

fn is_connection(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    reference.mutability.is_some()
        && matches!(&*reference.elem, Type::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with("Connection")))
}

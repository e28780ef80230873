//! The derives that the attribute adds.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Meta, Path, Token, punctuated::Punctuated};

use super::model::{DERIVED, Payload};
use crate::{output::written, shape};

type List<T> = Punctuated<T, Token![,]>;

/// The derives that are neither written below the attribute nor left out by `manual(..)`, and where serde is:
///
/// ```text
/// #[derive(::core::fmt::Debug, ::core::clone::Clone, ::evento::serde::Serialize, .., ::evento::Shape)]
/// #[cfg_attr(not(test), derive(..))]                      // for what is derived below under `cfg_attr(test, ..)`
/// #[serde(crate = "::evento::serde")]
/// #[shape(crate = ::evento)]
/// ```
///
/// The shape is that of serde's derives, so it is derived beside both of them, and only for tests.
pub(crate) fn attributes(payload: &Payload) -> TokenStream {
    let krate = &payload.krate;
    let mut always = Vec::new();
    let mut unless = Vec::new();
    for name in DERIVED {
        let path = match name {
            "Debug" => quote!(::core::fmt::Debug),
            "Clone" => quote!(::core::clone::Clone),
            "Serialize" => quote!(#krate::serde::Serialize),
            _ => quote!(#krate::serde::Deserialize),
        };
        if by_hand(payload, name) {
            continue;
        }
        match derived_below(&payload.item.attrs, name) {
            Below::No => always.push(path),
            Below::Yes => {}
            Below::When(conditions) => unless.push(quote! {
                #[cfg_attr(not(any(#(#conditions),*)), derive(#path))]
            }),
        }
    }
    let shaped = shape::ENABLED
        && !by_hand(payload, "Serialize")
        && !by_hand(payload, "Deserialize")
        && matches!(derived_below(&payload.item.attrs, "Shape"), Below::No);
    if shaped {
        always.push(quote!(#krate::Shape));
    }
    let shaped = shaped.then(|| quote!(#[shape(crate = #krate)]));
    let derive = (!always.is_empty()).then(|| quote!(#[derive(#(#always),*)]));
    let serde = names_serde(payload).then(|| {
        let path = written(quote!(#krate::serde));
        quote!(#[serde(crate = #path)])
    });
    quote!(#derive #(#unless)* #serde #shaped)
}

/// What the attribute has to add in any case.
pub(super) fn missing(payload: &Payload) -> Vec<&'static str> {
    let derived = |name: &str| matches!(derived_below(&payload.item.attrs, name), Below::Yes);
    DERIVED.into_iter().filter(|name| !by_hand(payload, name) && !derived(name)).collect()
}

/// Whether the user writes the implementation.
fn by_hand(payload: &Payload, name: &str) -> bool {
    payload.manual.iter().any(|manual| manual == name)
}

/// Serde's attribute is known only where one of its derives is, and the user may have said it already.
fn names_serde(payload: &Payload) -> bool {
    let said = payload.item.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde")
            && attribute.meta.require_list().is_ok_and(|list| {
                list.tokens.clone().into_iter().next().is_some_and(|first| first.to_string() == "crate")
            })
    });
    let derived = !by_hand(payload, "Serialize") || !by_hand(payload, "Deserialize");
    derived && !said
}

/// Whether a trait is derived below the attribute.
enum Below {
    No,
    Yes,
    /// Under one of these conditions.
    When(Vec<TokenStream>),
}

fn derived_below(attributes: &[Attribute], name: &str) -> Below {
    let mut conditions = Vec::new();
    for attribute in attributes {
        if derives(&attribute.meta, name) {
            return Below::Yes;
        }
        if !attribute.path().is_ident("cfg_attr") {
            continue;
        }
        let Ok(parts) = attribute.parse_args_with(List::<Meta>::parse_terminated) else { continue };
        let mut parts = parts.into_iter();
        let condition = parts.next();
        if parts.any(|part| derives(&part, name)) {
            conditions.push(quote!(#condition));
        }
    }
    if conditions.is_empty() { Below::No } else { Below::When(conditions) }
}

fn derives(meta: &Meta, name: &str) -> bool {
    meta.path().is_ident("derive")
        && meta.require_list().is_ok_and(|list| {
            list.parse_args_with(List::<Path>::parse_terminated).is_ok_and(|paths| {
                paths.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name))
            })
        })
}

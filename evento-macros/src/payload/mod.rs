//! Payloads and states: parse → model → check → expand.

mod borrowed;
mod check;
mod derives;
mod expand;
mod kind;
mod model;
mod stub;
mod versions;

pub(crate) use self::kind::Kind;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;

/// What the attribute of this kind makes of an item. On errors the item is still there.
pub(crate) fn attribute(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let Ok(parsed) = syn::parse2::<DeriveInput>(item.clone()) else {
        let target = if kind.needs_fields() { "a struct" } else { "a struct or an enum" };
        errors.at_span(proc_macro2::Span::call_site(), format!("`#[{}]` goes on {target}", kind.attribute()));
        let errors = errors.finish();
        return quote!(#item #errors);
    };
    let payload = model::build(kind, options, parsed, &mut errors);
    let sound = check::check(&payload, &mut errors);
    let item = expand::item(&payload, sound);
    // Of a type with parameters, there is nothing to be made.
    let generated = match sound || payload.item.generics.params.is_empty() {
        true => expand::generated(&payload),
        false => TokenStream::new(),
    };
    let errors = errors.finish();
    quote!(#item #generated #errors)
}

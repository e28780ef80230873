//! Upcasters: parse → model → check → expand.

mod check;
mod expand;
mod model;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::{
    component::{is_impl, parse::ImplBlock},
    errors::Errors,
};

/// What `#[upcasters]` makes of an `impl` block. On errors the block is still there, and the event still has upcasters, so that
/// nothing else complains that it has none.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let block = match syn::parse2::<ImplBlock>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            if is_impl(&item) {
                errors.push(error);
            } else {
                let message =
                    "`#[upcasters]` goes on an inherent `impl` block of an event: `impl TodoAdded { .. }`";
                errors.at_span(Span::call_site(), message);
            }
            let errors = errors.finish();
            return quote!(#item #errors);
        }
    };
    let (block, upcasters) = model::build(options, block, &mut errors);
    check::check(&upcasters, &mut errors);
    let sound = errors.is_empty();
    let errors = errors.finish();
    let generated = match (sound, upcasters.is_nameable()) {
        (true, _) => expand::upcasters(&upcasters),
        (false, true) => expand::broken(&upcasters, &errors),
        (false, false) => errors,
    };
    quote!(#block #generated)
}

//! Components: parse → model → check → expand.

mod check;
mod expand;
mod kind;
mod model;
pub(crate) mod parse;

pub(crate) use self::{
    kind::{Kind, Method},
    model::impl_trait,
};

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;

/// What the attribute of this kind makes of an item. On errors the item is still there, and still a component, so that
/// nothing else complains about it.
pub(crate) fn attribute(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let block = match syn::parse2::<parse::ImplBlock>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            if is_impl(&item) {
                errors.push(error);
            } else {
                wrong_target(kind, Span::call_site(), &mut errors);
            }
            let errors = errors.finish();
            return quote!(#item #errors);
        }
    };
    let (block, component) = model::build(kind, options, block, &mut errors);
    let target = match &component {
        Some(component) => {
            check::check(component, &mut errors);
            Some(component)
        }
        None => None,
    };
    let sound = errors.is_empty();
    let errors = errors.finish();
    let generated = match target {
        Some(component) if sound => expand::component(component),
        Some(component) => expand::broken(component, &errors),
        None => errors,
    };
    quote!(#block #generated)
}

/// Whether an item begins like an `impl` block, so that it has an error of its own.
pub(crate) fn is_impl(item: &TokenStream) -> bool {
    item.clone()
        .into_iter()
        .any(|token| matches!(&token, proc_macro2::TokenTree::Ident(word) if word == "impl"))
        && item.clone().into_iter().all(|token| {
            !matches!(&token, proc_macro2::TokenTree::Ident(word)
                if ["struct", "enum", "fn", "trait", "mod", "type", "const", "static", "use", "union"]
                    .iter().any(|other| word == other))
        })
}

fn wrong_target(kind: Kind, span: Span, errors: &mut Errors) {
    errors.at_span(
        span,
        format!(
            "`#[{}]` goes on an inherent, non-generic `impl` block: `impl {} {{ .. }}`",
            kind.attribute(),
            kind.example()
        ),
    );
}

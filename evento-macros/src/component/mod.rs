//! Components: parse → model → check → expand.

mod check;
mod expand;
mod kind;
mod model;
pub(crate) mod parse;

pub(crate) use self::{
    check::owned,
    kind::{Kind, Method},
    model::impl_trait,
};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, Ident};

use crate::{
    errors::Errors,
    options::{self, Options},
};

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
                wrong_target(kind, misplaced(&item).as_ref(), &mut errors);
            }
            let errors = errors.finish();
            let item = parse::without_ours(item);
            return match misplaced(&item) {
                Some(ident) => {
                    let krate = options::krate(&Options::parse(
                        options,
                        kind.attribute(),
                        kind.options(),
                        &mut Errors::unheard(),
                    ));
                    let component = expand::misplaced(kind, &krate, &ident, &errors);
                    quote!(#item #component)
                }
                None => quote!(#item #errors),
            };
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

/// The name of a struct or enum without parameters, on which the attribute of a component is often put.
fn misplaced(item: &TokenStream) -> Option<Ident> {
    let item = syn::parse2::<DeriveInput>(item.clone()).ok()?;
    item.generics.params.is_empty().then_some(item.ident)
}

fn wrong_target(kind: Kind, found: Option<&Ident>, errors: &mut Errors) {
    let name = found.map_or_else(|| kind.example().to_owned(), Ident::to_string);
    errors.at_span(
        Span::call_site(),
        format!(
            "`#[{}]` goes on an inherent, non-generic `impl` block: `impl {name} {{ .. }}`",
            kind.attribute()
        ),
    );
}

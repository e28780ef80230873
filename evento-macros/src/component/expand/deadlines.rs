//! A saga handles the deadlines that it schedules.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{LitStr, Type, ext::IdentExt, spanned::Spanned};

use crate::component::{
    Kind,
    model::{Component, Handler, injectable},
};

/// For each handler of a saga that may schedule something:
///
/// ```text
/// const _: () = graph::no_mistake(graph::scheduled_is_handled(&COMPONENT, "placed"));
/// ```
pub(super) fn checks(component: &Component) -> TokenStream {
    if component.kind != Kind::Saga {
        return TokenStream::new();
    }
    component
        .handlers
        .iter()
        .filter_map(|handler| {
            let (span, cfgs) = (timers(handler)?, &handler.cfgs);
            let name = LitStr::new(&handler.ident().unraw().to_string(), handler.ident().span());
            Some(quote_spanned! {span=>
                #(#cfgs)*
                const _: () =
                    __evento::graph::no_mistake(__evento::graph::scheduled_is_handled(&COMPONENT, #name));
            })
        })
        .collect()
}

/// What to blame: the `Timers` of a handler, or any other parameter that may be one under another name.
fn timers(handler: &Handler) -> Option<proc_macro2::Span> {
    let lent = |ty: &Type| match ty {
        Type::Reference(lent) => Some(lent.elem.clone()),
        _ => None,
    };
    let params = || handler.params.iter().filter_map(|param| lent(&param.ty));
    let timers = params().find(|ty| injectable(ty) == Some("Timers")).or_else(|| params().next());
    timers.map(|ty| ty.span())
}

//! Two handlers of one payload that the macro cannot see, because a type alias hides it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{LitStr, ext::IdentExt, spanned::Spanned};

use crate::component::{
    Method,
    model::{Component, Handler, Receiver},
};

/// For a component, and for each of its handlers that could be the second of its payload:
///
/// ```text
/// const HAS_RIVALS: bool = graph::has_rivals(&COMPONENT);
/// const _: () = graph::no_mistake(graph::handled_twice(&COMPONENT, HAS_RIVALS, "on"));
/// ```
pub(super) fn checks(component: &Component) -> TokenStream {
    let starts = |handler: &Handler| component.kind.has_lives() && handler.receiver == Receiver::None;
    let rivals = |index: usize, handler: &Handler| {
        component.handlers[..index]
            .iter()
            .any(|first| first.method == handler.method && starts(first) == starts(handler))
    };
    let checks: Vec<_> = component
        .handlers
        .iter()
        .enumerate()
        // Sourcing one event twice is a conflict of impls already.
        .filter(|(_, handler)| handler.method != Method::EventSourcingHandler)
        .filter(|(index, handler)| rivals(*index, handler))
        .filter_map(|(_, handler)| {
            let (span, cfgs) = (handler.payload.as_ref()?.ty.span(), &handler.cfgs);
            let name = LitStr::new(&handler.ident().unraw().to_string(), handler.ident().span());
            Some(quote_spanned! {span=>
                #(#cfgs)*
                const _: () =
                    __evento::graph::no_mistake(__evento::graph::handled_twice(&COMPONENT, HAS_RIVALS, #name));
            })
        })
        .collect();
    if checks.is_empty() {
        return TokenStream::new();
    }
    quote! {
        const HAS_RIVALS: bool = __evento::graph::has_rivals(&COMPONENT);
        #(#checks)*
    }
}

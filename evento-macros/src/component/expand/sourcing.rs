//! What an aggregate can apply, as types.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    component::{
        Method,
        model::{Component, Handler, Receiver},
    },
    output::written,
};

/// ```text
/// impl Sources<TodoAdded> for TodoList {}                     // per event
/// impl Starts<TodoListCreated> for TodoList {}                // per event with a handler without receiver
/// ```
pub(super) fn impls(component: &Component) -> TokenStream {
    let sourcing =
        || component.handlers.iter().filter(|handler| handler.method == Method::EventSourcingHandler);
    let starting = || sourcing().filter(|handler| handler.receiver == Receiver::None);
    let mut tokens = TokenStream::new();
    tokens.extend(per_event(component, sourcing().collect(), &quote!(Sources)));
    tokens.extend(per_event(component, starting().collect(), &quote!(Starts)));
    tokens
}

fn per_event<'a>(
    component: &'a Component,
    handlers: Vec<&'a Handler>,
    relation: &'a TokenStream,
) -> impl Iterator<Item = TokenStream> + 'a {
    let name = |handler: &Handler| handler.payload.as_ref().map(|event| written(event.ty.to_token_stream()));
    // An event that is sourced unconditionally needs no second impl under a condition, nor twice without one.
    let needed: Vec<_> = handlers
        .iter()
        .enumerate()
        .filter(|(index, handler)| {
            let rivals = if handler.cfgs.is_empty() { &handlers[..*index] } else { &handlers[..] };
            !rivals.iter().any(|other| other.cfgs.is_empty() && name(other) == name(handler))
        })
        .map(|(_, handler)| *handler)
        .collect();
    let ty = &component.ty;
    needed.into_iter().filter_map(move |handler| {
        let (event, cfgs) = (&handler.payload.as_ref()?.ty, &handler.cfgs);
        Some(quote_spanned! {event.span()=>
            #(#cfgs)*
            #[automatically_derived]
            impl __evento::#relation<#event> for #ty {}
        })
    })
}

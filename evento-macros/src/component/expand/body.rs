//! What a kind of component needs beside handlers.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{construct, number};
use crate::{
    component::{Kind, Method, model::Component},
    hash,
};

pub(super) fn body(component: &Component) -> TokenStream {
    match component.kind {
        Kind::Aggregate => aggregate(component),
        Kind::Saga => saga(component),
        _ => construct::constructor(component),
    }
}

/// ```text
/// ComponentBody::Aggregate(AggregateBody {
///     codec: <TodoList as AggregateBehind>::CODEC, snapshot_every: Some(100),
///     snapshot_hash: with_evolutions(
///         (<TodoList as AggregateBehind>::DEFINITION_HASH ^ 0x…).wrapping_mul(0x…),
///         &[<TodoAdded as SourcedEvent>::EVOLUTION, ..],
///     ),
/// })
/// ```
///
/// A state is made of events as their upcasters give them: with other upcasters, the same handlers make another state of the same
/// log.
fn aggregate(component: &Component) -> TokenStream {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let ty = &component.ty;
    let behind = quote_spanned!(ty.span()=> <#ty as __evento::AggregateBehind>);
    let every = number(&component.options, "snapshot_every").unwrap_or(100);
    let version = number(&component.options, "snapshot_version").unwrap_or(0);
    let sourcing =
        || component.handlers.iter().filter(|handler| handler.method == Method::EventSourcingHandler);
    let code = sourcing().fold(u64::from(version), |hash, handler| hash::combine(hash, handler.code));
    let evolutions = sourcing().filter_map(|handler| {
        let (event, cfgs) = (&handler.payload.as_ref()?.ty, &handler.cfgs);
        let evolution = quote_spanned!(event.span()=> <#event as __evento::SourcedEvent>::EVOLUTION);
        Some(quote!(#(#cfgs)* #evolution))
    });
    quote! {
        __evento::ComponentBody::Aggregate(__evento::AggregateBody {
            codec: #behind::CODEC,
            snapshot_every: ::core::option::Option::Some(#every),
            snapshot_hash: __evento::with_evolutions(
                (#behind::DEFINITION_HASH ^ #code).wrapping_mul(#PRIME),
                &[#(#evolutions),*],
            ),
        })
    }
}

/// ```text
/// ComponentBody::Saga(SagaBody {
///     codec: <OrderSaga as SagaBehind>::CODEC, associations: <OrderSaga as SagaBehind>::associations,
///     strict: false, adopts: Some(1), wire: <OrderSaga as SagaBehind>::WIRE,
/// })
/// ```
fn saga(component: &Component) -> TokenStream {
    let ty = &component.ty;
    let behind = quote_spanned!(ty.span()=> <#ty as __evento::SagaBehind>);
    let strict = component.options.has("strict");
    let adopts = match number(&component.options, "adopts") {
        Some(oldest) => quote!(::core::option::Option::Some(#oldest)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        __evento::ComponentBody::Saga(__evento::SagaBody {
            codec: #behind::CODEC,
            associations: #behind::associations,
            strict: #strict,
            adopts: #adopts,
            wire: #behind::WIRE,
        })
    }
}

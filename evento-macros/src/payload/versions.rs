//! An event whose version was raised: its upcasters, and the check that none is missing.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, ext::IdentExt, spanned::Spanned};

use super::model::Payload;

/// ```text
/// impl Payload for TodoAdded {
///     ..
///     const UPCASTERS: &'static [Upcaster] = UpcastersOf::<TodoAdded>::STEPS;
/// }
/// ```
///
/// The steps are those of `#[upcasters] impl TodoAdded`, an inherent constant that is there only with such a block; without,
/// they are those of the trait `NoUpcasters`, which is none. So a missing block is an incomplete chain like any other, and not an
/// error about a trait.
pub(super) fn upcasters(payload: &Payload) -> Option<TokenStream> {
    let ident = &payload.item.ident;
    (payload.version() > 1).then(|| {
        quote! {
            const UPCASTERS: &'static [__evento::Upcaster] = __evento::UpcastersOf::<#ident>::STEPS;
        }
    })
}

/// ```text
/// use NoUpcasters as _;
/// const _: () = graph::no_mistake(graph::missing_upcasters("TodoAdded", 3, <TodoAdded as Payload>::UPCASTERS));       // at the version
/// ```
pub(super) fn chain(payload: &Payload) -> Option<TokenStream> {
    let (ident, version) = (&payload.item.ident, payload.version());
    let number = payload.options.number("version").filter(|_| version > 1)?;
    let name = LitStr::new(&ident.unraw().to_string(), ident.span());
    let span = number.to_token_stream().span();
    Some(quote_spanned! {span=>
        use __evento::NoUpcasters as _;
        const _: () = __evento::graph::no_mistake(__evento::graph::missing_upcasters(
            #name,
            #version,
            <#ident as __evento::Payload>::UPCASTERS,
        ));
    })
}

//! What is made of an item that is no payload as it stands: one nevertheless, so that its own mistake stays the only error.

use proc_macro2::TokenStream;
use quote::quote;

use super::{derives, model::Payload};

/// ```text
/// impl Debug for Opened { fn fmt(..) -> .. { unreachable!() } }       // and `Clone` and serde's two
/// ```
pub(super) fn impls(payload: &Payload) -> TokenStream {
    let (ident, krate) = (&payload.item.ident, &payload.krate);
    let serde = quote!(#krate::__private::serde);
    let bodies = derives::missing(payload).into_iter().map(|name| match name {
        "Debug" => quote! {
            impl ::core::fmt::Debug for #ident {
                fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::unreachable!() }
            }
        },
        "Clone" => quote! {
            impl ::core::clone::Clone for #ident {
                fn clone(&self) -> Self { ::core::unreachable!() }
            }
        },
        "Serialize" => quote! {
            impl #serde::Serialize for #ident {
                fn serialize<S: #serde::Serializer>(&self, _: S) -> ::core::result::Result<S::Ok, S::Error> {
                    ::core::unreachable!()
                }
            }
        },
        _ => quote! {
            impl<'de> #serde::Deserialize<'de> for #ident {
                fn deserialize<D: #serde::Deserializer<'de>>(_: D) -> ::core::result::Result<Self, D::Error> {
                    ::core::unreachable!()
                }
            }
        },
    });
    let cfgs = &payload.cfgs;
    quote! {
        #(#cfgs)*
        const _: () = { #(#bodies)* };
    }
}

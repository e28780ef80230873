//! The attributes of methods, used where they mean nothing.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::component::Method;

/// A method's attribute that no component attribute has taken away: the item as it is, and an error that says where the
/// attribute belongs.
pub(crate) fn method(method: Method, item: TokenStream) -> TokenStream {
    belongs(method.attribute(), method.belongs_in(), item)
}

/// The same for a step of an event's chain.
pub(crate) fn upcast(item: TokenStream) -> TokenStream {
    belongs("upcast", "an `#[upcasters]` impl: write `#[upcasters]` above `impl`", item)
}

fn belongs(attribute: &str, place: &str, item: TokenStream) -> TokenStream {
    let message = format!("`#[{attribute}]` belongs in {place}");
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    // A method stands where an item stands that is an error too, so that both are kept.
    quote!(#item #error)
}

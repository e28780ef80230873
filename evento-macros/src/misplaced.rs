//! The attributes of methods, used where they mean nothing.

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::component::Method;

/// A method's attribute that no component attribute has taken away: the item as it is, and an error that says where the
/// attribute belongs.
pub(crate) fn method(method: Method, item: TokenStream) -> TokenStream {
    let message = format!("`#[{}]` belongs in {}", method.attribute(), method.belongs_in());
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    // A method stands where an item stands that is an error too, so that both are kept.
    quote!(#item #error)
}

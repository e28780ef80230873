//! `bundle!`: parse → check → expand.

mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// What `bundle!` makes of its input.
pub(crate) fn bundle(input: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let bundle = errors.keep(syn::parse2::<parse::Bundle>(input));
    if let Some(bundle) = &bundle {
        bundle.check(&mut errors);
    }
    let sound = errors.is_empty();
    let errors = errors.finish();
    match bundle {
        Some(bundle) => expand::bundle(&bundle, sound, &errors),
        None => errors,
    }
}

//! Fields that borrow. A payload is stored and read back, so it owns its data.

use proc_macro2::{Punct, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Data, DeriveInput, Field, Ident, Type};

use super::model::Payload;
use crate::{component::owned, errors::Errors, output::written};

/// Whether the fields own their data.
pub(super) fn check(payload: &Payload, errors: &mut Errors) -> bool {
    // With a lifetime parameter, that is the mistake.
    if !payload.item.generics.params.is_empty() {
        return true;
    }
    let mut item = payload.item.clone();
    let (mut sound, noun) = (true, payload.kind.noun());
    for_each_field(&mut item, |field| {
        if let Type::Reference(reference) = &field.ty {
            let (owned, ty) = (written(owned(reference)), written(reference.to_token_stream()));
            errors.at(&field.ty, format!("{noun} owns its data: take `{owned}` and not `{ty}`"));
            sound = false;
        }
    });
    sound
}

/// The item with a lifetime at each reference, so that rustc does not ask for one where there should be no reference.
pub(super) fn with_lifetimes(mut item: DeriveInput) -> DeriveInput {
    for_each_field(&mut item, |field| {
        if matches!(field.ty, Type::Reference(_)) {
            field.ty = Type::Verbatim(with_static(field.ty.to_token_stream()));
        }
    });
    item
}

fn for_each_field(item: &mut DeriveInput, mut each: impl FnMut(&mut Field)) {
    match &mut item.data {
        Data::Struct(data) => data.fields.iter_mut().for_each(each),
        Data::Enum(data) => {
            data.variants.iter_mut().for_each(|variant| variant.fields.iter_mut().for_each(&mut each));
        }
        Data::Union(_) => {}
    }
}

fn with_static(tokens: TokenStream) -> TokenStream {
    let mut given = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let reference =
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '&').then(|| token.span());
        given.push(token);
        let named = matches!(tokens.peek(), Some(TokenTree::Punct(quote)) if quote.as_char() == '\'');
        if let Some(span) = reference.filter(|_| !named) {
            let mut quote = Punct::new('\'', Spacing::Joint);
            quote.set_span(span);
            given.extend([TokenTree::Punct(quote), TokenTree::Ident(Ident::new("static", span))]);
        }
    }
    given.into_iter().collect()
}

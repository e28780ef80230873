//! How events find sagas.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Expr, Ident, LitStr, Token, ext::IdentExt, parse::Parser, spanned::Spanned};

use crate::component::{
    Method,
    model::{Component, Handler},
};

/// `association = "field"` or `association(field = event.path)`.
pub(crate) struct Association {
    /// The field of the saga.
    pub(crate) field: Ident,
    /// What the event is called in `value`.
    event: Ident,
    /// The value in the event.
    value: TokenStream,
}

impl Association {
    /// Reads the option of a saga's handler; `None` when it is not there.
    pub(crate) fn of(handler: &Handler) -> Option<syn::Result<Self>> {
        if let Some(name) = handler.options.text("association") {
            return Some(Self::same_name(name));
        }
        let list = handler.options.list("association")?;
        let parsed = (|input: syn::parse::ParseStream<'_>| {
            let field = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            Self::mapped(field, input.parse()?)
        })
        .parse2(list.stream());
        Some(parsed.map_err(|error| {
            let help = "the event's value is written `association(field = event.path)`";
            if error.to_string().contains("association(") {
                error
            } else {
                // Where something is missing, there is nothing to underline but the whole.
                syn::Error::new_spanned(list, help)
            }
        }))
    }

    fn same_name(name: &LitStr) -> syn::Result<Self> {
        let field = name.parse_with(Ident::parse_any).map_err(|_| {
            syn::Error::new(name.span(), "an association is the name of a field of the saga's state")
        })?;
        let event = Ident::new("event", proc_macro2::Span::mixed_site());
        let value = quote_spanned!(name.span()=> #event.#field);
        Ok(Self { field, event, value })
    }

    fn mapped(field: Ident, value: TokenStream) -> syn::Result<Self> {
        match value.clone().into_iter().next() {
            Some(TokenTree::Ident(event)) if event == "event" => {
                syn::parse2::<Expr>(value.clone())?;
                Ok(Self { field, event, value })
            }
            other => Err(syn::Error::new_spanned(
                other.map_or_else(|| quote!(#field), |token| quote!(#token)),
                "the value comes from the event: `association(field = event.path)`",
            )),
        }
    }
}

/// ```text
/// Some(Association {
///     name: "order_id",
///     value: |incoming| {
///         let event = <OrderPlaced as HandledEvent>::read(incoming)?;
///         Ok(<_ as AssociationValue<_, _>>::text(field_of(|saga: &Self| &saga.order_id), &event.order_id))
///     },
/// })
/// ```
pub(super) fn value(handler: &Handler) -> TokenStream {
    let (Some(Ok(association)), Some(payload)) = (Association::of(handler), &handler.payload) else {
        return quote!(::core::option::Option::None);
    };
    let Association { field, event, value } = &association;
    let (ty, name) = (&payload.ty, LitStr::new(&field.unraw().to_string(), field.span()));
    let text = quote_spanned!(field.span()=>
        <_ as __evento::AssociationValue<_, _>>::text(__evento::field_of(|saga: &Self| &saga.#field), &#value)
    );
    let read = quote_spanned!(ty.span()=> <#ty as __evento::HandledEvent>::read);
    quote! {
        ::core::option::Option::Some(__evento::Association {
            name: #name,
            value: |incoming| {
                let #event = #read(incoming)?;
                ::core::result::Result::Ok(#text)
            },
        })
    }
}

/// The field of the saga is an association. Looks at the description first, so that nothing is said about a component
/// that has other errors.
///
/// ```text
/// const _: () = {
///     let _ = &<OrderSaga as Component>::META;
///     assert!(is_association(<OrderSaga as SagaBehind>::ASSOCIATIONS, "order_id"), "..");
/// };
/// ```
pub(super) fn checks(component: &Component) -> TokenStream {
    let ty = &component.ty;
    let handlers = component.handlers.iter().filter(|handler| handler.method == Method::SagaEventHandler);
    handlers
        .filter_map(|handler| {
            let association = Association::of(handler)?.ok()?;
            let (field, cfgs) = (association.field, &handler.cfgs);
            let name = field.unraw().to_string();
            let message = format!(
                "`{name}` of `{}` is not an association: put `#[association]` on the field",
                component.ident
            );
            Some(quote_spanned! {field.span()=>
                #(#cfgs)*
                const _: () = {
                    let _ = &<#ty as __evento::Component>::META;
                    ::core::assert!(
                        __evento::is_association(<#ty as __evento::SagaBehind>::ASSOCIATIONS, #name),
                        #message
                    );
                };
            })
        })
        .collect()
}

//! How a component is built.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::handler::output;
use crate::{
    component::model::{Component, Handler},
    output::written,
};

/// One constructor; those that are compiled under conditions exclude each other, and without any it is `Default`.
pub(super) fn constructor(component: &Component) -> TokenStream {
    let constructor = match &*component.constructors {
        [] => by_default(component),
        [constructor] if constructor.cfgs.is_empty() => injected(constructor),
        several => {
            let several = several.iter().map(|constructor| {
                let (cfgs, code) = (&constructor.cfgs, injected(constructor));
                quote!(#(#cfgs)* { #code })
            });
            quote!({ #(#several)* })
        }
    };
    quote!(__evento::ComponentBody::Instance(#constructor))
}

/// ```text
/// Constructor {
///     dependencies: &[],
///     construct: |_| Box::pin(ready(Constructed::<Self>::into_instance(<Mailer as DefaultComponent>::build()))),
/// }
/// ```
fn by_default(component: &Component) -> TokenStream {
    let ty = &component.ty;
    let build = quote_spanned!(ty.span()=> <#ty as __evento::DefaultComponent>::build);
    quote! {
        __evento::Constructor {
            dependencies: &[],
            construct: |_| {
                ::std::boxed::Box::pin(::core::future::ready(__evento::Constructed::<Self>::into_instance(#build())))
            },
        }
    }
}

/// ```text
/// Constructor {
///     dependencies: &[Dependency { type_id: TypeId::of::<SmtpClient>, type_name: "SmtpClient" }],
///     construct: |provided| Box::pin(async move {              // `ready(..)` of the same when it is not `async`
///         <Self as Constructed<Self>>::into_instance(Self::new(<Provided as Provides<SmtpClient>>::provide(provided)?).await)
///     }),
/// }
/// ```
fn injected(constructor: &Handler) -> TokenStream {
    let dependencies = constructor.params.iter().map(|param| {
        let (ty, name) = (&param.ty, written(param.ty.to_token_stream()));
        quote!(__evento::Dependency { type_id: ::core::any::TypeId::of::<#ty>, type_name: #name })
    });
    let arguments = constructor.params.iter().map(|param| {
        let ty = &param.ty;
        let taken = quote_spanned!(ty.span()=> <__evento::Provided as __evento::Provides<#ty>>::provide);
        quote!(#taken(provided)?)
    });
    let (method, output) = (constructor.ident(), output(constructor));
    let call = quote_spanned!(method.span()=> Self::#method(#(#arguments),*));
    let into = quote_spanned!(output.span()=> <#output as __evento::Constructed<Self>>::into_instance);
    let construct = if constructor.sig.asyncness.is_some() {
        quote!(async move { #into(#call.await) })
    } else {
        quote!(::core::future::ready((|| #into(#call))()))
    };
    quote! {
        __evento::Constructor {
            dependencies: &[#(#dependencies),*],
            construct: |provided| ::std::boxed::Box::pin(#construct),
        }
    }
}

//! The client of an invoker: its methods without what is injected.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{LitStr, Type, ext::IdentExt};

use super::handler::{as_param, output};
use crate::component::{
    Kind, Method,
    model::{Component, Handler, injectable},
    owned,
};

/// ```text
/// impl Invoker for TodoApi { type Methods = TodoApiMethods; }
/// pub struct TodoApiMethods(ClientCore);
/// impl From<ClientCore> for TodoApiMethods { .. }
/// impl TodoApiMethods {
///     pub async fn add(&self, list: String, content: String) -> Result<String> {
///         let call = self.0.call("add");
///         let handler = || {
///             let mut invocation = call.invocation();
///             let param_0 = injected(<&Commands<AddTodo> as InvokerParam<'_>>::take(&mut invocation));
///             TodoApi::add(call.component::<TodoApi>(), param_0, list, content)       // in `ready(..)` when it is not `async`
///         };
///         call.run((&&&returned_by(&handler)).way(), handler).await
///     }
/// }
/// ```
pub(super) fn methods(component: &Component, sound: bool) -> TokenStream {
    if component.kind != Kind::Invoker {
        return TokenStream::new();
    }
    let (ty, name) = (&component.ty, format_ident!("{}Methods", component.ident.unraw()));
    let methods = component
        .handlers
        .iter()
        .filter(|handler| handler.method == Method::InvocationHandler)
        .map(|handler| method(component, handler, sound));
    let doc = format!(" The methods of a client of `{}`.", component.ident);
    quote! {
        #[automatically_derived]
        impl __evento::Invoker for #ty {
            type Methods = #name;
        }
        #[doc = #doc]
        pub struct #name(__evento::ClientCore);
        #[automatically_derived]
        impl ::core::convert::From<__evento::ClientCore> for #name {
            fn from(core: __evento::ClientCore) -> Self {
                Self(core)
            }
        }
        #[automatically_derived]
        #[allow(dead_code, missing_docs, private_interfaces, unused_mut, unused_variables, clippy::all, clippy::pedantic)]
        impl #name {
            #(#methods)*
        }
    }
}

fn method(component: &Component, handler: &Handler, sound: bool) -> TokenStream {
    let (ty, method, vis) = (&component.ty, handler.ident(), &handler.vis);
    let (docs, cfgs) = (&handler.docs, &handler.cfgs);
    let name = LitStr::new(&method.unraw().to_string(), method.span());
    let (mut inputs, mut statements, mut arguments) = (Vec::new(), TokenStream::new(), Vec::new());
    for (index, param) in handler.params.iter().enumerate() {
        let borrowed = match &param.ty {
            // An argument that should be owned is one nevertheless, so that callers are not told that they pass too many.
            Type::Reference(reference) if !sound && injectable(&reference.elem).is_none() => {
                Some(owned(reference))
            }
            _ => None,
        };
        if let Some(ty) = borrowed {
            let name = param.name.clone().unwrap_or_else(|| format_ident!("argument_{index}"));
            let ty = self_named(ty, &component.ty);
            inputs.push(quote!(#name: #ty));
        } else if matches!(param.ty, Type::Reference(_)) {
            let name = format_ident!("param_{index}");
            let taken = as_param(component, handler, &param.ty);
            let taken = self_named(taken, ty);
            statements.extend(quote!(let #name = __evento::injected(#taken::take(&mut invocation));));
            arguments.push(name);
        } else {
            let name = param.name.clone().unwrap_or_else(|| format_ident!("argument_{index}"));
            let ty = self_named(param.ty.to_token_stream(), ty);
            inputs.push(quote!(#name: #ty));
            arguments.push(name);
        }
    }
    let output = self_named(output(handler), ty);
    let call = quote_spanned!(method.span()=> <#ty>::#method(call.component::<#ty>(), #(#arguments),*));
    let future = match handler.sig.asyncness {
        Some(_) => call,
        None => quote!(::core::future::ready(#call)),
    };
    // Where rustc says what of the user's keeps the call from going to another thread.
    let run =
        quote_spanned!(method.span()=> call.run((&&&__evento::returned_by(&handler)).way(), handler).await);
    let body = if sound {
        quote! {
            // Which of them a method needs, its return type decides.
            #[allow(unused_imports)]
            use __evento::{AnyError as _, NoError as _, OwnError as _};
            let call = self.0.call(#name);
            let handler = || {
                let mut invocation = call.invocation();
                #statements
                #future
            };
            #run
        }
    } else {
        // The mistakes are reported elsewhere; callers of the method shall see it nevertheless.
        quote!(::core::unreachable!())
    };
    quote! {
        #(#docs)*
        #(#cfgs)*
        #vis async fn #method(&self, #(#inputs),*) -> #output {
            #body
        }
    }
}

/// The same tokens with the component's type in place of `Self`, which means something else in the client.
fn self_named(tokens: TokenStream, ty: &Type) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(word) if word == "Self" => quote!(#ty),
            TokenTree::Group(group) => {
                let mut renamed = Group::new(group.delimiter(), self_named(group.stream(), ty));
                renamed.set_span(group.span());
                TokenTree::Group(renamed).into()
            }
            other => other.into(),
        })
        .collect()
}

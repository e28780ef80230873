//! The code that component attributes expand to.

mod association;
mod body;
mod construct;
mod deadlines;
mod handler;
mod invoker;
mod run;
mod sourcing;
mod twice;

use proc_macro2::{Group, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Path, Token, parse::Parser, punctuated::Punctuated, spanned::Spanned};

pub(crate) use self::association::Association;

use super::{kind::Kind, model::Component};
use crate::output;

/// ```text
/// impl Component for TodoList {
///     const META: ComponentMeta = ComponentMeta {
///         name: "TodoList", kind: ComponentKind::Aggregate, version: 0,
///         handlers: &[HandlerMeta { .. }, ..], reads: &[], body: ComponentBody::Aggregate(..), source: ..,
///     };
/// }
/// impl Consumer for TodoList {}                   // of a projector, observer or saga
/// static COMPONENT: ComponentMeta = <TodoList as Component>::META;
/// #[distributed_slice(COMPONENTS)] static ELEMENT: &ComponentMeta = &COMPONENT;
/// ```
///
/// The compiler validates a constant that refers to a description with all that is in it, a static only what it holds itself.
pub(crate) fn component(component: &Component) -> TokenStream {
    let (ty, name) = (&component.ty, &component.name);
    let kind = kind(component.kind);
    let version = version(component);
    let handlers = component.handlers.iter().map(|handler| handler::meta(component, handler));
    let reads = reads(component);
    let body = body::body(component);
    let source = output::source(component.ident.span());
    let sourcing = sourcing::impls(component);
    let associations = association::checks(component);
    let deadlines = deadlines::checks(component);
    let methods = invoker::methods(component, true);
    let marker = marker(component);
    let twice = twice::checks(component);
    let generated = output::generated();
    let tokens = quote! {
        #generated
        impl __evento::Component for #ty {
            const META: __evento::ComponentMeta = __evento::ComponentMeta {
                name: #name,
                kind: __evento::ComponentKind::#kind,
                version: #version,
                handlers: &[#(#handlers),*],
                reads: &[#(#reads),*],
                body: #body,
                source: #source,
            };
        }
        #marker
        #sourcing
        static COMPONENT: __evento::ComponentMeta = <#ty as __evento::Component>::META;
        #associations
        #deadlines
        #twice
        #methods
        #[__evento::linkme::distributed_slice(__evento::COMPONENTS)]
        #[linkme(crate = __evento::linkme)]
        static ELEMENT: &__evento::ComponentMeta = &COMPONENT;
    };
    output::wrap(&component.krate, &component.cfgs, &tokens)
}

/// What is left of a component with mistakes: it is one, so that nothing complains that it is not, and its description is
/// the errors.
///
/// ```text
/// impl Component for TodoList { const META: ComponentMeta = { compile_error!(..); unreachable!() }; }
/// ```
pub(crate) fn broken(component: &Component, errors: &TokenStream) -> TokenStream {
    let ty = &component.ty;
    let marker = marker(component);
    let methods = invoker::methods(component, false);
    let tokens = quote! {
        impl __evento::Component for #ty {
            const META: __evento::ComponentMeta = { #errors ::core::unreachable!() };
        }
        #marker
        #methods
    };
    output::wrap(&component.krate, &component.cfgs, &tokens)
}

/// What is made of a type with the attribute that belongs on its `impl` block: a component whose description is the error, so
/// that no bundle complains that it is none.
pub(crate) fn misplaced(kind: Kind, krate: &Path, ident: &Ident, errors: &TokenStream) -> TokenStream {
    let consumer = kind.is_consumer().then(|| quote!(impl __evento::Consumer for #ident {}));
    let tokens = quote! {
        impl __evento::Component for #ident {
            const META: __evento::ComponentMeta = { #errors ::core::unreachable!() };
        }
        #consumer
    };
    output::wrap(krate, &[], &tokens)
}

fn marker(component: &Component) -> Option<TokenStream> {
    let ty = &component.ty;
    component.kind.is_consumer().then(|| {
        quote! {
            #[automatically_derived]
            impl __evento::Consumer for #ty {}
        }
    })
}

fn kind(kind: Kind) -> TokenStream {
    let name = match kind {
        Kind::Aggregate => "Aggregate",
        Kind::Service => "Service",
        Kind::Projector => "Projector",
        Kind::Projection => "Projection",
        Kind::Observer => "Observer",
        Kind::Saga => "Saga",
        Kind::Invoker => "Invoker",
    };
    let name = format_ident!("{name}");
    quote!(#name)
}

/// The version that was checked to be in range.
fn version(component: &Component) -> u32 {
    number(&component.options, "version").unwrap_or(0)
}

/// A number that was checked to be in range.
fn number(options: &crate::options::Options, name: &str) -> Option<u32> {
    options.number(name).and_then(|number| u32::try_from(number.value).ok())
}

/// The projectors in `reads(..)`.
pub(crate) fn read_projectors(list: &Group) -> syn::Result<Punctuated<Path, Token![,]>> {
    Punctuated::<Path, Token![,]>::parse_terminated.parse2(list.stream())
}

/// `&<TodoListProjector as Component>::META` for each projector of `reads(TodoListProjector)`.
fn reads(component: &Component) -> Vec<TokenStream> {
    let projectors = component.options.list("reads").and_then(|list| read_projectors(list).ok());
    let projectors = projectors.unwrap_or_default();
    projectors
        .iter()
        .map(|path| quote_spanned!(path.span()=> &<#path as __evento::Component>::META))
        .collect()
}

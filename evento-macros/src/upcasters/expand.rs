//! The code that `#[upcasters]` expands to.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{LitStr, ext::IdentExt, spanned::Spanned};

use super::model::{Step, Upcasters};
use crate::output;

/// ```text
/// impl Upcasts for TodoAdded {
///     const EVENT: &'static PayloadMeta = <TodoAdded as Evolves>::META;
///     const STEPS: &'static [Upcaster] = &[Upcaster { from: 1, name: "with_priority", code: 0x…, run: |stored| .. }, ..];
/// }
/// ..                                                                          // a constant for each rule and step
/// ```
pub(super) fn upcasters(upcasters: &Upcasters) -> TokenStream {
    let steps = upcasters.steps.iter().map(step);
    let steps = implementation(upcasters, &quote!(&[#(#steps),*]));
    let versions = upcasters.steps.iter().filter_map(|step| versions(upcasters, step));
    let rivals = upcasters.steps.iter().enumerate().filter_map(|(at, step)| rivals(upcasters, at, step));
    output::wrap(&upcasters.krate, &upcasters.cfgs, &quote!(#steps #(#versions)* #(#rivals)*))
}

/// What is left of upcasters with mistakes: the event has some, so that nothing complains that it has none, and they are the
/// errors.
///
/// ```text
/// impl Upcasts for TodoAdded { const STEPS: &'static [Upcaster] = { compile_error!(..); .. }; .. }
/// ```
pub(super) fn broken(upcasters: &Upcasters, errors: &TokenStream) -> TokenStream {
    let tokens = implementation(upcasters, &quote!({ #errors }));
    output::wrap(&upcasters.krate, &upcasters.cfgs, &tokens)
}

fn implementation(upcasters: &Upcasters, steps: &TokenStream) -> TokenStream {
    let ty = &upcasters.ty;
    let event = quote_spanned!(ty.span()=> <#ty as __evento::Evolves>::META);
    let generated = output::generated();
    quote! {
        #generated
        impl __evento::Upcasts for #ty {
            const EVENT: &'static __evento::PayloadMeta = #event;
            const STEPS: &'static [__evento::Upcaster] = #steps;
        }
    }
}

/// ```text
/// Upcaster {
///     from: 1, name: "with_priority", code: 0x…,
///     run: |stored| <Result<Value> as UpcastReturn>::next_version(
///         Self::with_priority(<Value as UpcastParam>::of(stored)),
///     ),
/// }
/// ```
fn step(step: &Step) -> TokenStream {
    let (cfgs, ident, code) = (&step.cfgs, step.ident(), step.code);
    let (from, name) = (step.version().unwrap_or_default(), name(step));
    let param = step.param().map(|ty| quote_spanned!(ty.span()=> <#ty as __evento::UpcastParam>::of(stored)));
    let output = match step.output() {
        Some(ty) => quote!(#ty),
        None => quote_spanned!(ident.span()=> ()),
    };
    let next = quote_spanned!(output.span()=> <#output as __evento::UpcastReturn>::next_version);
    let call = quote_spanned!(ident.span()=> Self::#ident(#param));
    quote! {
        #(#cfgs)*
        __evento::Upcaster { from: #from, name: #name, code: #code, run: |stored| #next(#call) }
    }
}

/// ```text
/// const _: () = graph::no_mistake(graph::version_that_never_was("TodoAdded", <TodoAdded as Upcasts>::EVENT, 1));      // at the version
/// ```
fn versions(upcasters: &Upcasters, step: &Step) -> Option<TokenStream> {
    let (ty, event, version) = (&upcasters.ty, upcasters.name(), step.version()?);
    let rule = quote!(version_that_never_was(#event, <#ty as __evento::Upcasts>::EVENT, #version));
    rule_of(step, &rule)
}

/// For a step that may be the second from its version, where `#[cfg]` decides:
///
/// ```text
/// const _: () = graph::no_mistake(graph::second_from_one_version("TodoAdded", <TodoAdded as Upcasts>::STEPS, "with_priority"));
/// ```
fn rivals(upcasters: &Upcasters, at: usize, step: &Step) -> Option<TokenStream> {
    let (ty, event, name) = (&upcasters.ty, upcasters.name(), name(step));
    if !upcasters.steps[..at].iter().any(|first| first.version() == step.version()) {
        return None;
    }
    let rule = quote!(second_from_one_version(#event, <#ty as __evento::Upcasts>::STEPS, #name));
    rule_of(step, &rule)
}

fn rule_of(step: &Step, rule: &TokenStream) -> Option<TokenStream> {
    let (cfgs, from) = (&step.cfgs, step.from()?);
    let span = quote!(#from).span();
    Some(quote_spanned! {span=>
        #(#cfgs)*
        const _: () = __evento::graph::no_mistake(__evento::graph::#rule);
    })
}

fn name(step: &Step) -> LitStr {
    LitStr::new(&step.ident().unraw().to_string(), step.ident().span())
}

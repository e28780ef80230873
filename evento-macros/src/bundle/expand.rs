//! The code that `bundle!` expands to.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use super::parse::Bundle;
use crate::output;

/// The rules of the graph beside those of what is denied, each evaluated once per component, so that n mistakes are n errors at the
/// components that make them.
const RULES: [&str; 7] = [
    "unique_name",
    "one_payload",
    "one_handler",
    "sent_is_handled",
    "read_is_written",
    "one_writer",
    "reads_a_member",
];

/// ```text
/// pub struct TodoBundle;
/// impl TodoBundle {
///     pub const META: BundleMeta = BundleMeta { id: "todo", version: 1, components: &COMPONENTS, remote: &REMOTE };
///     pub fn builder() -> Builder { Builder::new(Self::META) }
///     pub fn describe() -> Description { Description::of(&Self::META) }
/// }
/// impl DefinedBundle for TodoBundle { const META: BundleMeta = TodoBundle::META; }
/// static COMPONENTS: [&ComponentMeta; 3] = [&<TodoList as Component>::META, ..];
/// static REMOTE: [&PayloadMeta; 1] = [..];
/// const TABLE: &graph::Table<{ graph::capacity(&COMPONENTS, &REMOTE) }> = &graph::Table::new(&COMPONENTS, &REMOTE);
/// static GRAPH: graph::Graph = graph::Graph::new(&COMPONENTS, &REMOTE, TABLE);
/// const _: () = graph::no_mistake(graph::one_handler(&GRAPH, 0));             // per rule and component, also for what is denied
/// const _: () = graph::no_mistake(graph::handled_elsewhere(&GRAPH, 0));       // per remote payload
/// ```
///
/// The compiler validates a constant that refers to components with all that is in them, a static only what it holds itself.
pub(super) fn bundle(bundle: &Bundle, sound: bool, errors: &TokenStream) -> TokenStream {
    let Bundle { vis, ident, .. } = bundle;
    let documented = bundle.documented();
    let (meta, graph) =
        if sound { (meta(bundle), graph(bundle)) } else { (quote!({ #errors }), TokenStream::new()) };
    let tokens = quote! {
        #[allow(dead_code)]
        impl #ident {
            /// What is known of the bundle.
            pub const META: __evento::BundleMeta = #meta;

            /// Puts an application together.
            #[must_use]
            pub fn builder() -> __evento::Builder {
                __evento::Builder::new(Self::META)
            }

            /// What is in the bundle and who talks to whom.
            #[must_use]
            pub fn describe() -> __evento::Description {
                __evento::Description::of(&Self::META)
            }
        }
        #[automatically_derived]
        impl __evento::DefinedBundle for #ident {
            // That of the bundle itself: what is inherent goes before what a trait gives.
            const META: __evento::BundleMeta = #ident::META;
        }
        #graph
    };
    let cfgs = output::cfgs(&bundle.attrs);
    let wrapped = output::wrap(&bundle.krate, &cfgs, &tokens);
    quote! {
        #documented
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #ident;
        #wrapped
    }
}

fn meta(bundle: &Bundle) -> TokenStream {
    let (id, version) = (&bundle.id, &bundle.version);
    quote! {
        __evento::BundleMeta { id: #id, version: #version, components: &COMPONENTS, remote: &REMOTE }
    }
}

fn graph(bundle: &Bundle) -> TokenStream {
    let paths = || bundle.components.iter().flatten();
    let components: Vec<_> =
        paths().map(|path| quote_spanned!(path.span()=> &<#path as __evento::Component>::META)).collect();
    let remote =
        bundle.remote.iter().map(|path| quote_spanned!(path.span()=> &<#path as __evento::Payload>::META));
    let (count, remote_count) = (components.len(), bundle.remote.len());
    let denied = bundle.deny.iter().map(ToString::to_string);
    let rules: Vec<_> = RULES.iter().copied().map(str::to_owned).chain(denied).collect();
    let of_components = paths()
        .enumerate()
        .flat_map(|(index, path)| rules.iter().map(move |rule| self::rule(rule, index, path)));
    let of_remote =
        bundle.remote.iter().enumerate().map(|(index, path)| rule("handled_elsewhere", index, path));
    quote! {
        static COMPONENTS: [&__evento::ComponentMeta; #count] = [#(#components),*];
        static REMOTE: [&__evento::PayloadMeta; #remote_count] = [#(#remote),*];
        const CAPACITY: usize = __evento::graph::capacity(&COMPONENTS, &REMOTE);
        const TABLE: &__evento::graph::Table<CAPACITY> = &__evento::graph::Table::new(&COMPONENTS, &REMOTE);
        static GRAPH: __evento::graph::Graph = __evento::graph::Graph::new(&COMPONENTS, &REMOTE, TABLE);
        #(#of_components)*
        #(#of_remote)*
    }
}

/// A rule for one component or remote payload, whose path is blamed.
fn rule(rule: &str, index: usize, path: &Path) -> TokenStream {
    let rule = format_ident!("{rule}", span = path.span());
    quote_spanned! {path.span()=>
        const _: () = __evento::graph::no_mistake(__evento::graph::#rule(&GRAPH, #index));
    }
}

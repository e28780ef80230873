//! Code as it is while somebody types it: no macro panics, the user's item comes out whatever is wrong with it, and what comes
//! out is Rust where the item is.

mod lots;
mod sources;
mod typed;

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::{bundle, component, misplaced, payload};

/// An attribute of ours with its item, or a `bundle!`.
#[derive(Clone)]
struct Case {
    /// `aggregate`, `domain_event`, `bundle`.
    name: String,
    options: TokenStream,
    item: TokenStream,
}

impl Case {
    /// What the macro of this name makes of it.
    fn expand(&self) -> TokenStream {
        let Self { name, options, item } = self.clone();
        if name == "bundle" {
            return bundle::bundle(item);
        }
        if let Some(kind) = component::Kind::ALL.into_iter().find(|kind| kind.attribute() == name) {
            return component::attribute(kind, options, item);
        }
        if let Some(kind) = payload::Kind::ALL.into_iter().find(|kind| kind.attribute() == name) {
            return payload::attribute(kind, options, item);
        }
        let method = component::Method::ALL.into_iter().find(|method| method.attribute() == name);
        misplaced::method(method.unwrap_or_else(|| panic!("there is no attribute `{name}`")), item)
    }

    /// Expands it and checks what must hold of every expansion. Gives back what came out.
    fn check(&self) -> TokenStream {
        let output = self.expand();
        let whole = self.name != "bundle" && syn::parse2::<syn::File>(self.item.clone()).is_ok();
        if whole {
            let parsed = syn::parse2::<syn::File>(output.clone());
            assert!(parsed.is_ok(), "what comes out is no Rust: {:?}\n{output}", parsed.err());
        }
        let (mut before, after) = (words(&self.item), words(&output));
        // Of a `where` without conditions, syn keeps nothing.
        before.remove("where");
        for (word, count) in before {
            let left = after.get(&word).copied().unwrap_or_default();
            assert!(!whole || left >= count, "`{word}` was lost:\n{output}");
        }
        output
    }
}

/// Reads `#[observer(version = 1)] impl Greeter { .. }`.
fn case(code: &str) -> Case {
    let tokens: TokenStream = code.parse().unwrap_or_else(|error| panic!("{error}: {code}"));
    let mut tokens = tokens.into_iter();
    let (_hash, Some(TokenTree::Group(attribute))) = (tokens.next(), tokens.next()) else {
        panic!("no attribute: {code}");
    };
    let mut inside = attribute.stream().into_iter();
    let name = inside.next().map(|name| name.to_string()).unwrap_or_default();
    let options = match inside.next() {
        Some(TokenTree::Group(options)) => options.stream(),
        _ => TokenStream::new(),
    };
    Case { name, options, item: tokens.collect() }
}

/// How often each word is there, outside of brackets: attributes may be taken away.
fn words(tokens: &TokenStream) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    collect(tokens.clone(), &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut BTreeMap<String, usize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => *found.entry(word.to_string()).or_default() += 1,
            TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket => {
                collect(group.stream(), found)
            }
            _ => {}
        }
    }
}

/// How many errors an expansion reports.
fn errors(tokens: &TokenStream) -> usize {
    words(tokens).get("compile_error").copied().unwrap_or_default()
}

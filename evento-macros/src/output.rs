//! Pieces that all generated code has in common.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Attribute, Path};

/// Puts generated code where it meets no name of the user:
///
/// ```text
/// #[cfg(..)]
/// #[allow(..)]                                    // the lints that look at paths and visibilities that users wrote
/// const _: () = {
///     use ::evento::__private as __evento;
///     ..
/// };
/// ```
pub(crate) fn wrap(krate: &Path, cfgs: &[Attribute], tokens: &TokenStream) -> TokenStream {
    quote! {
        #(#cfgs)*
        #[allow(deprecated, unreachable_pub, unused_imports, unused_qualifications)]
        const _: () = {
            use #krate::__private as __evento;
            #tokens
        };
    }
}

/// What stands above an implementation that nobody has written: lints are for code that people write, and some of its tokens
/// are where people wrote.
pub(crate) fn generated() -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(unused_mut, unused_variables, clippy::all, clippy::pedantic, clippy::restriction)]
    }
}

/// The `#[cfg]`s among attributes.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// Whether an attribute has this name, with or without a path before it.
pub(crate) fn is_called(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == name)
}

/// The doc comments among attributes.
pub(crate) fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// Where something is written, as a `SourceLocation`.
pub(crate) fn source(span: Span) -> TokenStream {
    let (file, line) = (quote_spanned!(span=> ::core::file!()), quote_spanned!(span=> ::core::line!()));
    quote!(__evento::SourceLocation { file: #file, line: #line })
}

/// Tokens as a person would write them: `Option<Vec<u8>>`, not `Option < Vec < u8 > >`.
pub(crate) fn written(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(tokens, &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                // The slice of `&'static [T]`.
                if open == "[" && text.ends_with(char::is_alphanumeric) {
                    text.push(' ');
                }
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' => text.push_str(", "),
                ';' => text.push_str("; "),
                '+' => text.push_str(" + "),
                other => text.push(other),
            },
            word => {
                if text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    #[test]
    fn types_are_written_as_people_write_them() {
        for ty in [
            "Option<Vec<(u8, String)>>",
            "&mut dyn Send + Sync",
            "[u8; 4]",
            "&'static [T]",
            "std::sync::Arc<T>",
        ] {
            let tokens: proc_macro2::TokenStream = ty.parse().unwrap_or_else(|_| quote!(broken));
            assert_eq!(super::written(tokens), ty);
        }
    }
}

//! A hash of code, for telling whether a definition has changed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The FNV-1a hash (<http://www.isthe.com/chongo/tech/comp/fnv/>) of tokens. Layout and comments do not count, doc comments
/// neither.
pub(crate) fn tokens(tokens: TokenStream) -> u64 {
    stream(BASIS, tokens)
}

/// The hash of two hashes.
pub(crate) fn combine(a: u64, b: u64) -> u64 {
    bytes(a, &b.to_le_bytes())
}

fn stream(mut hash: u64, tokens: TokenStream) -> u64 {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#')
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_doc(&group.stream()))
        {
            tokens.next();
            continue;
        }
        hash = match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                bytes(stream(bytes(hash, open.as_bytes()), group.stream()), close.as_bytes())
            }
            // The byte after each token keeps `a b` and `ab` apart.
            other => bytes(bytes(hash, other.to_string().as_bytes()), &[0]),
        };
    }
    hash
}

fn is_doc(attribute: &TokenStream) -> bool {
    matches!(attribute.clone().into_iter().next(), Some(TokenTree::Ident(name)) if name == "doc")
}

fn bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
    hash
}

#[cfg(test)]
mod tests {
    use quote::quote;

    #[test]
    fn doc_comments_do_not_count() {
        let plain = super::tokens(quote!(
            struct A {
                b: u8,
            }
        ));
        assert_eq!(
            plain,
            super::tokens(quote!(
                #[doc = "x"]
                struct A {
                    #[doc = "y"]
                    b: u8,
                }
            ))
        );
        assert_ne!(
            plain,
            super::tokens(quote!(
                struct A {
                    b: u16,
                }
            ))
        );
    }
}

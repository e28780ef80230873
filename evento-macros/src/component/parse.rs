//! An `impl` block as tokens: signatures are read, bodies are not, so that half-typed code in a body makes no error here. A
//! signature that cannot be read is one error, and the other methods are read nevertheless.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Generics, Signature, Token, Type, Visibility, WhereClause, braced,
    parse::{Parse, ParseStream, discouraged::Speculative},
    token,
};

use super::kind;

/// An `impl` block.
pub(crate) struct ImplBlock {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) generics: Generics,
    /// The trait of a trait impl.
    pub(crate) of_trait: Option<Type>,
    pub(crate) self_ty: Type,
    /// What stands before the `{`.
    header: TokenStream,
    brace: token::Brace,
    /// What stands as `#![..]` after the `{`.
    inner: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

/// What stands in an `impl` block.
pub(crate) enum Member {
    Method(Box<Method>),
    /// A constant, a type, a macro: not ours.
    Other(TokenStream),
    /// A method that is not typed to its end.
    Unreadable(TokenStream, syn::Error),
}

/// A method with an unread body.
pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The braces with what is in them, or the `;` of a method without a body, of which rustc says enough.
    body: TokenTree,
}

impl Method {
    /// Signature and body, for a hash.
    pub(crate) fn code(&self) -> TokenStream {
        let (sig, body) = (&self.sig, &self.body);
        quote::quote!(#sig #body)
    }
}

impl Parse for ImplBlock {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let header = header(&input.fork())?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Token![impl]>()?;
        let generics = if input.peek(Token![<]) { input.parse()? } else { Generics::default() };
        input.parse::<Option<Token![!]>>()?;
        let first: Type = input.parse()?;
        let (of_trait, self_ty) = match input.parse::<Option<Token![for]>>()? {
            Some(_) => (Some(first), input.parse()?),
            None => (None, first),
        };
        input.parse::<Option<WhereClause>>()?;
        let content;
        let brace = braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self { attrs, generics, of_trait, self_ty, header, brace, inner, members })
    }
}

fn header(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut header = TokenStream::new();
    while !input.is_empty() && !input.peek(token::Brace) {
        header.extend([input.parse::<TokenTree>()?]);
    }
    Ok(header)
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        match method(&ahead) {
            Ok(Some(method)) => {
                input.advance_to(&ahead);
                Ok(Self::Method(Box::new(method)))
            }
            Ok(None) => other(input).map(Self::Other),
            Err(error) => Ok(Self::Unreadable(salvaged(other(input)?), error)),
        }
    }
}

/// The next item, if it is a method.
fn method(input: ParseStream<'_>) -> syn::Result<Option<Method>> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis: Visibility = input.parse()?;
    if !is_function(&input.fork()) {
        return Ok(None);
    }
    let sig = input.parse()?;
    let body = match input.parse()? {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => TokenTree::Group(body),
        TokenTree::Punct(end) if end.as_char() == ';' => TokenTree::Punct(end),
        token => return Err(syn::Error::new(token.span(), "expected the body of the method in braces")),
    };
    Ok(Some(Method { attrs, vis, sig, body }))
}

/// What is left of a method that cannot be read: its name and its body, so that the rest of the block can be. What rustc could
/// not read either, it would complain of again.
fn salvaged(method: TokenStream) -> TokenStream {
    let tokens: Vec<_> = method.into_iter().collect();
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "fn");
    let Some(at) = tokens.iter().position(is_fn) else { return TokenStream::new() };
    let (Some(name @ TokenTree::Ident(_)), Some(last)) = (tokens.get(at + 1), tokens.last()) else {
        return TokenStream::new();
    };
    let body = match last {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => body.stream(),
        _ => TokenStream::new(),
    };
    quote::quote!(fn #name() { #body })
}

/// Code that could not be read, without our attributes of methods: nothing takes them away any more, and each would complain
/// that it is not in a component.
pub(crate) fn without_ours(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (token, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#' && is_ours(attribute) =>
            {
                tokens.next();
            }
            (TokenTree::Group(group), _) => {
                let mut inside = Group::new(group.delimiter(), without_ours(group.stream()));
                inside.set_span(group.span());
                kept.push(TokenTree::Group(inside));
            }
            (token, _) => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

/// Whether the brackets of an attribute hold one of ours.
fn is_ours(attribute: &Group) -> bool {
    let path = attribute.stream().into_iter().take_while(|token| {
        !matches!(token, TokenTree::Group(_) | TokenTree::Punct(_)) || token.to_string() == ":"
    });
    let name = path.last().map(|token| token.to_string());
    attribute.delimiter() == Delimiter::Bracket
        && name.is_some_and(|name| kind::Method::ALL.iter().any(|method| method.attribute() == name))
}

/// Whether the next item is a function: `fn` after nothing but qualifiers.
fn is_function(input: ParseStream<'_>) -> bool {
    let qualifier = |input: ParseStream<'_>| -> syn::Result<bool> {
        Ok(input.parse::<Option<Token![const]>>()?.is_some()
            || input.parse::<Option<Token![async]>>()?.is_some()
            || input.parse::<Option<Token![unsafe]>>()?.is_some()
            || (input.peek(Token![extern]) && input.parse::<syn::Abi>().is_ok()))
    };
    while qualifier(input).is_ok_and(|found| found) {}
    input.peek(Token![fn])
}

/// Everything up to the end of an item that is not a function: its `;`, or the braces of a macro.
fn other(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut assigned = false;
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Punct(punct) => {
                assigned |= punct.as_char() == '=';
                punct.as_char() == ';'
            }
            TokenTree::Group(group) => group.delimiter() == proc_macro2::Delimiter::Brace && !assigned,
            _ => false,
        };
        tokens.extend([token]);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

impl ToTokens for ImplBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, header, brace, inner, members, .. } = self;
        for attribute in attrs {
            attribute.to_tokens(tokens);
        }
        header.to_tokens(tokens);
        brace.surround(tokens, |tokens| {
            for attribute in inner {
                attribute.to_tokens(tokens);
            }
            for member in members {
                member.to_tokens(tokens);
            }
        });
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Other(tokens_of_it) | Self::Unreadable(tokens_of_it, _) => tokens_of_it.to_tokens(tokens),
            Self::Method(method) => {
                for attribute in &method.attrs {
                    attribute.to_tokens(tokens);
                }
                method.vis.to_tokens(tokens);
                method.sig.to_tokens(tokens);
                method.body.to_tokens(tokens);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;

    #[test]
    fn a_method_that_is_half_typed_hides_no_other() {
        let code = quote! {
            impl Order {
                #[event_handler] fn opened(&self, event: ) {}
                #[evento::event_handler(retry = 3)] fn closed(&self, event: &Closed);
                #[event_handler] fn burnt(&self, event: &Burnt)
            }
        };
        let block: ImplBlock = syn::parse2(code).expect("this is an impl block");
        let kinds: Vec<_> =
            block.members.iter().map(|member| matches!(member, Member::Unreadable(..))).collect();
        assert_eq!(kinds, [true, false, true]);
        let text = block.to_token_stream().to_string();
        assert_eq!(text.matches("event_handler").count(), 1, "{text}");
        assert!(text.contains("opened") && text.contains("closed"), "{text}");
    }

    #[test]
    fn bodies_are_not_read_and_everything_is_given_back() {
        let code = quote! {
            #[doc = "x"]
            impl crate::Order {
                #![allow(unused)]
                const A: u8 = { 7 };
                some_macro! { fn }
                pub(crate) async fn open(&self, event: &Opened) -> Result<()> { let half = ; }
                fn plain() {}
            }
        };
        let block: ImplBlock = syn::parse2(code.clone()).expect("this is an impl block");
        assert_eq!(block.to_token_stream().to_string(), code.to_string());
        let methods = block.members.iter().filter(|member| matches!(member, Member::Method(_))).count();
        assert_eq!((block.members.len(), methods), (4, 2));
    }
}

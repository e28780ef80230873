//! An `impl` block as tokens: signatures are read, bodies are not, so that half-typed code in a body makes no error here.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Generics, Signature, Token, Type, Visibility, WhereClause, braced,
    parse::{Parse, ParseStream},
    token,
};

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
    pub(crate) members: Vec<Member>,
}

/// What stands in an `impl` block.
pub(crate) enum Member {
    Method(Box<Method>),
    /// A constant, a type, a macro: not ours.
    Other(TokenStream),
}

/// A method with an unread body.
pub(crate) struct Method {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: Group,
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
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self { attrs, generics, of_trait, self_ty, header, brace, members })
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
        let method = input.fork();
        let attrs = method.call(Attribute::parse_outer)?;
        let vis: Visibility = method.parse()?;
        if !is_function(&method.fork()) {
            return other(input).map(Self::Other);
        }
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let (sig, body) = (input.parse()?, input.parse()?);
        Ok(Self::Method(Box::new(Method { attrs, vis, sig, body })))
    }
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
        let Self { attrs, header, brace, members, .. } = self;
        for attribute in attrs {
            attribute.to_tokens(tokens);
        }
        header.to_tokens(tokens);
        brace.surround(tokens, |tokens| {
            for member in members {
                member.to_tokens(tokens);
            }
        });
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Other(other) => other.to_tokens(tokens),
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
    fn bodies_are_not_read_and_everything_is_given_back() {
        let code = quote! {
            #[doc = "x"]
            impl crate::Order {
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

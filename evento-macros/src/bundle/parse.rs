//! The keys of `bundle!`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Ident, LitInt, LitStr, Path, Token, Visibility, braced, bracketed,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    token,
};

use crate::{errors::Errors, options, output::written, suggest};

const KEYS: [&str; 6] = ["id", "version", "components", "remote", "deny", "crate"];

/// What may be denied; a rule of the graph for each.
const LINTS: [&str; 4] = ["unconsumed_event", "unsent_command", "unasked_query", "unscheduled_deadline"];

type Paths = Punctuated<Path, Token![,]>;
type Idents = Punctuated<Ident, Token![,]>;

/// `pub TodoBundle { id: "todo", version: 1, components: [..], remote: [..], deny: [..] }`
pub(super) struct Bundle {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) id: Option<LitStr>,
    pub(super) version: Option<LitInt>,
    pub(super) components: Option<Paths>,
    pub(super) remote: Paths,
    pub(super) deny: Idents,
    pub(super) krate: Path,
    /// Keys in their order, for finding what is there twice.
    keys: Vec<Ident>,
    /// What was wrong with single keys.
    mistakes: Vec<syn::Error>,
}

impl Parse for Bundle {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let usage = "a bundle is written `pub Name { id: \"..\", version: 1, components: [..] }`";
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let ident: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), usage))?;
        if !input.peek(token::Brace) {
            return Err(syn::Error::new(input.span(), usage));
        }
        let content;
        braced!(content in input);
        let mut bundle = Self {
            attrs,
            vis,
            ident,
            id: None,
            version: None,
            components: None,
            remote: Paths::new(),
            deny: Idents::new(),
            krate: syn::parse_quote!(::evento),
            keys: Vec::new(),
            mistakes: Vec::new(),
        };
        while !content.is_empty() {
            let mistakes = bundle.mistakes.len();
            let key = bundle.key(&content);
            bundle.mistakes.extend(key.err());
            if bundle.mistakes.len() == mistakes && !content.is_empty() && !content.peek(Token![,]) {
                bundle.mistakes.push(content.error("the keys of a bundle are separated by commas"));
            }
            while !content.is_empty() && content.parse::<Option<Token![,]>>()?.is_none() {
                content.parse::<TokenTree>()?;
            }
        }
        if input.is_empty() { Ok(bundle) } else { Err(input.error("one bundle per `bundle!`")) }
    }
}

impl Bundle {
    fn key(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        if !KEYS.contains(&name.as_str()) {
            let hint = suggest::hint(&name, &KEYS);
            self.mistakes.push(syn::Error::new(key.span(), format!("unknown key `{name}`; {hint}")));
            return Ok(());
        }
        input
            .parse::<Token![:]>()
            .map_err(|_| syn::Error::new(key.span(), format!("`{name}` needs a value: `{name}: ..`")))?;
        let value = self.value(&name, input);
        self.mistakes.extend(value.err());
        self.keys.push(key);
        Ok(())
    }

    fn value(&mut self, key: &str, input: ParseStream<'_>) -> syn::Result<()> {
        let ahead = input.fork();
        let wrong = |takes: &str| {
            let value: Option<TokenTree> = ahead.parse().ok();
            let message = format!("`{key}` takes {takes}");
            value.map_or_else(|| input.error(&message), |value| syn::Error::new(value.span(), &message))
        };
        match key {
            "id" => self.id = Some(input.parse().map_err(|_| wrong("a string: `id: \"todo\"`"))?),
            "version" => self.version = Some(input.parse().map_err(|_| wrong("an integer: `version: 1`"))?),
            "crate" => self.krate = input.call(options::module)?,
            "deny" if !input.peek(token::Bracket) => {
                return Err(wrong("a list of lints: `[unconsumed_event]`"));
            }
            "deny" => {
                let content;
                bracketed!(content in input);
                self.deny = Idents::parse_terminated(&content)?;
            }
            _ if !input.peek(token::Bracket) => return Err(wrong("a list of types: `[A, B]`")),
            key => {
                let content;
                bracketed!(content in input);
                let paths = Paths::parse_terminated(&content)?;
                if key == "components" {
                    self.components = Some(paths);
                } else {
                    self.remote = paths;
                }
            }
        }
        Ok(())
    }

    /// The rules of a bundle that need no types.
    pub(super) fn check(&self, errors: &mut Errors) {
        for mistake in &self.mistakes {
            errors.push(mistake.clone());
        }
        self.given_once(errors);
        self.complete(errors);
        self.named_once(errors);
        self.denied(errors);
    }

    /// Each key is there at most once.
    fn given_once(&self, errors: &mut Errors) {
        for (index, key) in self.keys.iter().enumerate() {
            if self.keys[..index].contains(key) {
                errors.at(key, format!("`{key}` is given twice"));
            }
        }
    }

    /// What a bundle cannot be without, and what it may say.
    fn complete(&self, errors: &mut Errors) {
        for (key, example) in
            [("id", "id: \"todo\""), ("version", "version: 1"), ("components", "components: [..]")]
        {
            let misspelt = !self.mistakes.is_empty();
            if !misspelt && self.keys.iter().all(|given| given != key) {
                errors.at(&self.ident, format!("bundle `{}` needs `{example}`", self.ident));
            }
        }
        if self.components.as_ref().is_some_and(Paths::is_empty) {
            let at = self.keys.iter().find(|key| *key == "components").unwrap_or(&self.ident);
            errors
                .at(at, format!("bundle `{}` has no component: name some in `components: [..]`", self.ident));
        }
        if let Some(id) = self.id.as_ref().filter(|id| id.value().trim().is_empty()) {
            errors.at(id, "the id of a bundle is not empty");
        }
        if let Some(version) = &self.version
            && !version.base10_parse::<u32>().is_ok_and(|version| version >= 1)
        {
            errors.at(version, "the version of a bundle is an integer from 1 on");
        }
    }

    /// A component is in a bundle once.
    fn named_once(&self, errors: &mut Errors) {
        for list in self.components.iter().chain([&self.remote]) {
            let mut seen = Vec::new();
            for path in list {
                let name = written(path.to_token_stream());
                if seen.contains(&name) {
                    errors.at(path, format!("`{name}` is named twice"));
                }
                seen.push(name);
            }
        }
    }

    /// A lint is known, and denied once.
    fn denied(&self, errors: &mut Errors) {
        let mut seen = Vec::new();
        for lint in &self.deny {
            let name = lint.to_string();
            if !LINTS.contains(&name.as_str()) {
                errors.at(lint, format!("unknown lint `{name}`; {}", suggest::hint(&name, &LINTS)));
            } else if seen.contains(&lint) {
                errors.at(lint, format!("`{name}` is named twice"));
            }
            seen.push(lint);
        }
    }

    /// The attributes with a doc comment, the user's own or one of ours.
    pub(super) fn documented(&self) -> TokenStream {
        let attrs = &self.attrs;
        let doc = format!(" The bundle `{}`.", self.id.as_ref().map(LitStr::value).unwrap_or_default());
        let doc = (!attrs.iter().any(|attribute| attribute.path().is_ident("doc")))
            .then(|| quote::quote!(#[doc = #doc]));
        quote::quote!(#doc #(#attrs)*)
    }
}

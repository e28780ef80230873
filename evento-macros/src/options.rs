//! The options in the parentheses of an attribute.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Ident, Lit, LitInt, LitStr, Path, PathSegment, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token,
};

use crate::{errors::Errors, suggest};

/// What an option takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing: it is there or not.
    Flag,
    /// `= "text"`
    Text,
    /// `= 3`
    Number,
    /// `= some::path`
    Path,
    /// `= Some<Type>`
    Type,
    /// `(…)`
    List,
    /// `= "text"` or `(…)`
    TextOrList,
}

impl Shape {
    fn describe(self) -> &'static str {
        match self {
            Self::Flag => "no value",
            Self::Text => "a string",
            Self::Number => "an integer",
            Self::Path => "a path",
            Self::Type => "a type",
            Self::List => "a list in parentheses",
            Self::TextOrList => "a string or a list in parentheses",
        }
    }
}

/// An option that an attribute knows.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// How it is written.
    pub(crate) example: &'static str,
    pub(crate) repeatable: bool,
    /// Whether it is named to those who misspell one.
    pub(crate) offered: bool,
}

/// An option that is given at most once.
pub(crate) const fn known(name: &'static str, shape: Shape, example: &'static str) -> Known {
    Known { name, shape, example, repeatable: false, offered: true }
}

/// `crate = path`, which every attribute takes.
pub(crate) const CRATE: Known = Known { offered: false, ..known("crate", Shape::Path, "crate = evento") };

/// The value of an option.
pub(crate) enum Value {
    Flag,
    Text(LitStr),
    Number(Number),
    Path(Path),
    Type(Box<Type>),
    List(Group),
}

/// An integer with its sign.
pub(crate) struct Number {
    pub(crate) value: i128,
    tokens: TokenStream,
}

impl ToTokens for Number {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

/// The options that were given.
pub(crate) struct Options {
    given: Vec<(Ident, Value)>,
    /// Whether one of them could not be read, so that it is no use to complain of what is missing.
    mistaken: bool,
}

impl Options {
    /// Reads the options of an attribute, which is named in messages.
    pub(crate) fn parse(tokens: TokenStream, attribute: &str, known: &[Known], errors: &mut Errors) -> Self {
        let (mut given, mut mistaken) = (Vec::new(), false);
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let read = match input.call(Ident::parse_any) {
                    Ok(name) => one(input, &name, attribute, known, errors).map(|value| (name, value)),
                    Err(error) => {
                        errors.at_span(error.span(), nameless(attribute, known));
                        None
                    }
                };
                if read.is_some() && !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error("options are separated by commas"));
                    mistaken = true;
                }
                match read {
                    Some((name, value)) if is_new(&given, &name, known, errors) => given.push((name, value)),
                    Some(_) => {}
                    None => mistaken = true,
                }
                skip_to_comma(input)?;
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
            mistaken = true;
        }
        Self { given, mistaken }
    }

    /// None at all.
    pub(crate) fn none() -> Self {
        Self { given: Vec::new(), mistaken: false }
    }

    /// Whether an option is missing, as far as can be said: one that could not be read may be the one.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.mistaken && !self.has(name)
    }

    fn get(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.given.iter().filter(move |(given, _)| given == name).map(|(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).next().is_some()
    }

    /// The name of an option that was given, as it was written.
    pub(crate) fn named(&self, name: &str) -> Option<&Ident> {
        self.given.iter().map(|(given, _)| given).find(|given| *given == name)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&LitStr> {
        self.texts(name).next()
    }

    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &LitStr> {
        self.get(name).filter_map(|value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    pub(crate) fn number(&self, name: &str) -> Option<&Number> {
        self.get(name).find_map(|value| match value {
            Value::Number(number) => Some(number),
            _ => None,
        })
    }

    pub(crate) fn path(&self, name: &str) -> Option<&Path> {
        self.get(name).find_map(|value| match value {
            Value::Path(path) => Some(path),
            _ => None,
        })
    }

    pub(crate) fn ty(&self, name: &str) -> Option<&Type> {
        self.get(name).find_map(|value| match value {
            Value::Type(ty) => Some(&**ty),
            _ => None,
        })
    }

    pub(crate) fn list(&self, name: &str) -> Option<&Group> {
        self.get(name).find_map(|value| match value {
            Value::List(list) => Some(list),
            _ => None,
        })
    }

    /// An integer within a range; out of it is an error.
    pub(crate) fn within(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u32>,
        errors: &mut Errors,
    ) -> Option<u32> {
        let number = self.number(name)?;
        match u32::try_from(number.value) {
            Ok(value) if range.contains(&value) => Some(value),
            _ if *range.end() == u32::MAX => {
                errors.at(number, format!("`{name}` is an integer from {} on", range.start()));
                None
            }
            _ => {
                errors
                    .at(number, format!("`{name}` is an integer from {} to {}", range.start(), range.end()));
                None
            }
        }
    }
}

/// What to write in place of something that is no option.
fn nameless(attribute: &str, known: &[Known]) -> String {
    match known.iter().find(|known| known.name != CRATE.name) {
        Some(known) => {
            format!("an option of `#[{attribute}]` begins with its name, for instance `{}`", known.example)
        }
        None => format!("`#[{attribute}]` takes no options"),
    }
}

/// An option is given once, unless it may be repeated.
fn is_new(given: &[(Ident, Value)], name: &Ident, known: &[Known], errors: &mut Errors) -> bool {
    let repeatable = known.iter().any(|known| name == known.name && known.repeatable);
    let new = repeatable || given.iter().all(|(other, _)| other != name);
    if !new {
        errors.at(name, format!("`{name}` is given twice"));
    }
    new
}

/// Reads what stands after the name of an option.
fn one(
    input: ParseStream<'_>,
    name: &Ident,
    attribute: &str,
    known: &[Known],
    errors: &mut Errors,
) -> Option<Value> {
    let Some(known) = known.iter().find(|known| name == known.name) else {
        let names: Vec<_> = known.iter().filter(|known| known.offered).map(|known| known.name).collect();
        let hint = suggest::hint(&name.to_string(), &names);
        errors.at(name, format!("unknown option `{name}` of `#[{attribute}]`; {hint}"));
        return None;
    };
    let wrong = |tokens: TokenStream| {
        let shape = known.shape.describe();
        syn::Error::new_spanned(tokens, format!("`{name}` takes {shape}: `{}`", known.example))
    };
    let lists = matches!(known.shape, Shape::List | Shape::TextOrList);
    let result = if known.shape == Shape::Flag {
        if input.is_empty() || input.peek(Token![,]) {
            Ok(Value::Flag)
        } else {
            Err(wrong(name.to_token_stream()))
        }
    } else if lists && input.peek(token::Paren) {
        input.parse::<Group>().map(Value::List)
    } else if input.peek(Token![=]) && known.shape != Shape::List {
        value(input, known.shape, &wrong)
    } else {
        Err(wrong(name.to_token_stream()))
    };
    errors.keep(result)
}

fn value(
    input: ParseStream<'_>,
    shape: Shape,
    wrong: &dyn Fn(TokenStream) -> syn::Error,
) -> syn::Result<Value> {
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(wrong(equals.to_token_stream()));
    }
    // What is there, for underlining it when it is not what the option takes.
    let rest: TokenStream = {
        let fork = input.fork();
        let mut rest = TokenStream::new();
        while !fork.is_empty() && !fork.peek(Token![,]) {
            rest.extend([fork.parse::<TokenTree>()?]);
        }
        rest
    };
    match shape {
        Shape::Text | Shape::TextOrList => match input.parse::<Lit>() {
            Ok(Lit::Str(text)) => Ok(Value::Text(text)),
            _ => Err(wrong(rest)),
        },
        Shape::Number => {
            let minus: Option<Token![-]> = input.parse()?;
            let Ok(literal) = input.parse::<LitInt>() else { return Err(wrong(rest)) };
            let Ok(value) = literal.base10_parse::<i128>() else { return Err(wrong(rest)) };
            let value = if minus.is_some() { -value } else { value };
            Ok(Value::Number(Number { value, tokens: rest }))
        }
        Shape::Path => input.call(module).map(Value::Path).map_err(|_| wrong(rest)),
        Shape::Type => input.parse().map(Value::Type).map_err(|_| wrong(rest)),
        Shape::List | Shape::Flag => Err(wrong(rest)),
    }
}

/// The path of a crate or module. A type has none, so none begins with `Self`, and what leads out of a module stands in front.
pub(crate) fn module(input: ParseStream<'_>) -> syn::Result<Path> {
    let path = input.call(Path::parse_mod_style)?;
    let misplaced = |(index, segment): (usize, &PathSegment)| {
        let leads = index == 0 && path.leading_colon.is_none();
        segment.ident == "Self" || (!leads && (segment.ident == "self" || segment.ident == "crate"))
    };
    match path.segments.iter().enumerate().find(|segment| misplaced(*segment)) {
        Some((_, segment)) => {
            Err(syn::Error::new(segment.ident.span(), "expected the path of a crate or module"))
        }
        None => Ok(path),
    }
}

/// Leaves the rest of an option that could not be read, and the comma after it.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>()?.is_some() {
            break;
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// A stored name is not empty. `None` stands for the default.
pub(crate) fn stored_name(options: &Options, default: &Ident, errors: &mut Errors) -> LitStr {
    match options.text("name") {
        Some(name) if name.value().trim().is_empty() => {
            errors.at(name, "a stored name is not empty");
            name.clone()
        }
        Some(name) => name.clone(),
        None => LitStr::new(&default.unraw().to_string(), default.span()),
    }
}

/// The path of this crate's facade: the one that was given, or `::evento`.
pub(crate) fn krate(options: &Options) -> Path {
    options.path(CRATE.name).cloned().unwrap_or_else(|| {
        let evento = Ident::new("evento", Span::call_site());
        syn::parse_quote!(::#evento)
    })
}

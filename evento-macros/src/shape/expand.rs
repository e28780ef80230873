//! The code that `#[derive(Shape)]` expands to.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericArgument, GenericParam, PathArguments, Type, ext::IdentExt, parse_quote};

use super::model::{Body, Field, Fields, Holds, Shaped, Tagging, Variant};
use crate::output;

/// ```text
/// use NoShape as _;
/// impl Shape for OrderLine {
///     fn shape(shapes: &mut Shapes) -> Type {
///         shapes.structure::<Self>("OrderLine", |fields| {
///             fields.add(
///                 FieldSaid { name: "total", reads: &["total"], default: false, omitted: false, unwritten: false },
///                 |shapes| Probe::<u64>::shape(shapes, "u64"),
///             );
///         })
///     }
/// }
/// ```
///
/// An enum gives `shapes.enumeration::<Self>("Reason", Tagging::External, |variants| { variants.unit("late", &["late"]); .. })`.
pub(super) fn shape(shaped: &Shaped) -> TokenStream {
    let ident = &shaped.ident;
    let mut generics = shaped.generics.clone();
    for param in &mut generics.params {
        if let GenericParam::Type(param) = param {
            param.bounds.push(parse_quote!(__evento::Shape));
        }
    }
    let (params, arguments, conditions) = generics.split_for_impl();
    let label = ident.unraw().to_string();
    let body = match &shaped.body {
        Body::Same(ty) => asked(ty),
        Body::Foreign(name) => quote!(shapes.foreign(#name)),
        Body::Fields(fields) => of_fields(fields, &label),
        Body::Enum(tagging, variants) => {
            let (tagging, variants) = (of_tagging(tagging), variants.iter().map(variant));
            quote!(shapes.enumeration::<Self>(#label, #tagging, |variants| { #(#variants)* }))
        }
    };
    let generated = output::generated();
    let tokens = quote! {
        use __evento::NoShape as _;
        #generated
        impl #params __evento::Shape for #ident #arguments #conditions {
            fn shape(shapes: &mut __evento::Shapes) -> __evento::Type {
                #body
            }
        }
    };
    output::wrap(&shaped.krate, &[], &tokens)
}

fn of_fields(fields: &Fields, label: &str) -> TokenStream {
    match fields {
        Fields::Unit => quote!(__evento::Type::Scalar(__evento::Scalar::Null)),
        Fields::One(holds) => held(holds),
        Fields::Tuple(all) => {
            let all = all.iter().map(held);
            quote!(__evento::Type::Tuple(::std::vec::Vec::from([#(#all),*])))
        }
        Fields::Named(fields) => {
            let fields = fields.iter().map(field);
            quote!(shapes.structure::<Self>(#label, |fields| { #(#fields)* }))
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let Field { name, reads, default, omitted, unwritten, flatten, holds } = field;
    let holds = held(holds);
    if *flatten {
        return quote!(fields.flatten(|shapes| #holds););
    }
    quote! {
        fields.add(
            __evento::FieldSaid {
                name: #name,
                reads: &[#(#reads),*],
                default: #default,
                omitted: #omitted,
                unwritten: #unwritten,
            },
            |shapes| #holds,
        );
    }
}

fn of_tagging(tagging: &Tagging) -> TokenStream {
    match tagging {
        Tagging::External => quote!(__evento::Tagging::External),
        Tagging::Internal(tag) => quote!(__evento::Tagging::Internal { tag: #tag.into() }),
        Tagging::Adjacent(tag, content) => {
            quote!(__evento::Tagging::Adjacent { tag: #tag.into(), content: #content.into() })
        }
        Tagging::Untagged => quote!(__evento::Tagging::Untagged),
    }
}

fn variant(variant: &Variant) -> TokenStream {
    let Variant { name, reads, fields } = variant;
    match fields {
        Fields::Unit => quote!(variants.unit(#name, &[#(#reads),*]);),
        Fields::Named(fields) => {
            let fields = fields.iter().map(field);
            quote!(variants.structure(#name, &[#(#reads),*], |fields| { #(#fields)* });)
        }
        unnamed => {
            let content = of_fields(unnamed, "");
            quote!(variants.holding(#name, &[#(#reads),*], |shapes| #content);)
        }
    }
}

fn held(holds: &Holds) -> TokenStream {
    match holds {
        Holds::Type(ty) => asked(ty),
        Holds::Foreign(name) => quote!(shapes.foreign(#name)),
    }
}

/// The shape of a type, which need not have one: what a container is made of is then told by how it is written.
///
/// ```text
/// Probe::<Vec<Money>>::or(shapes, |shapes| Type::list(Probe::<Money>::shape(shapes, "Money")))
/// ```
pub(crate) fn asked(ty: &Type) -> TokenStream {
    match otherwise(ty) {
        Some(otherwise) => quote!(__evento::Probe::<#ty>::or(shapes, |shapes| #otherwise)),
        None => {
            let name = output::written(ty.to_token_stream());
            quote!(__evento::Probe::<#ty>::shape(shapes, #name))
        }
    }
}

/// What a type is made of, if that can be told without knowing its parts.
fn otherwise(ty: &Type) -> Option<TokenStream> {
    let members = match ty {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => tuple.elems.iter().map(asked),
        Type::Array(array) => {
            let (element, length) = (asked(&array.elem), &array.len);
            return Some(quote!(__evento::Type::array(#element, #length)));
        }
        Type::Paren(inner) => return otherwise(&inner.elem),
        Type::Group(inner) => return otherwise(&inner.elem),
        Type::Path(path) => return of_path(&path.path),
        _ => return None,
    };
    Some(quote!(__evento::Type::Tuple(::std::vec::Vec::from([#(#members),*]))))
}

fn of_path(path: &syn::Path) -> Option<TokenStream> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(asked(ty)),
        _ => None,
    });
    let first = types.next()?;
    Some(match &*last.ident.to_string() {
        "Option" => quote!(__evento::Type::option(#first)),
        "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet" => {
            quote!(__evento::Type::list(#first))
        }
        "Box" | "Rc" | "Arc" | "Cow" => first,
        "HashMap" | "BTreeMap" => {
            let second = types.next()?;
            quote!(__evento::Type::map(#first, #second))
        }
        _ => return None,
    })
}

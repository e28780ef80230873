//! The code that payload attributes expand to.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{DeriveInput, Ident, LitStr, Visibility, ext::IdentExt, spanned::Spanned};

use super::{
    borrowed, derives,
    kind::{Kind, Role},
    model::{Field, Payload},
    stub, versions,
};
use crate::{output, shape};

/// The user's item with derives. One of a shape for which they could not be has impls that do nothing instead.
pub(crate) fn item(payload: &Payload, sound: bool) -> TokenStream {
    if sound {
        let (derives, item) = (derives::attributes(payload), &payload.item);
        return quote!(#derives #item);
    }
    let item = borrowed::with_lifetimes(payload.item.clone());
    let stubs = payload.item.generics.params.is_empty().then(|| stub::impls(payload));
    quote!(#item #stubs)
}

/// Everything beside the item.
pub(crate) fn generated(payload: &Payload) -> TokenStream {
    let body = match payload.kind {
        Kind::DomainCommand => domain_command(payload),
        Kind::ServiceCommand => service_command(payload),
        Kind::DomainEvent => domain_event(&payload.item),
        Kind::ServiceEvent => service_event(&payload.item),
        Kind::Query => query(payload),
        Kind::View => view(payload),
        Kind::Deadline => deadline(&payload.item),
        Kind::AggregateState => aggregate_state(payload),
        Kind::SagaState => saga_state(payload),
    };
    let meta = if payload.kind.is_payload() { meta(payload) } else { TokenStream::new() };
    output::wrap(&payload.krate, &payload.cfgs, &quote!(#meta #body))
}

/// ```text
/// impl Payload for AddTodo {
///     const META: PayloadMeta = PayloadMeta {
///         name: "AddTodo", aliases: &[], kind: PayloadKind::DomainCommand, version: 1,
///         fields: &[FieldMeta { name: "list_id", type_name: "String", role: FieldRole::AggregateId }, ..],
///         response: None, public: false, source: SourceLocation { file: file!(), line: line!() },
///         key: PayloadKey::of("AddTodo", PayloadKind::DomainCommand, SourceLocation { .. }),
///         wire: Wire::UNKNOWN,                    // for tests, functions: see `wire`
///     };
///     ..                                          // for an event whose version was raised: see `versions`
/// }
/// ```
fn meta(payload: &Payload) -> TokenStream {
    let (ident, name) = (&payload.item.ident, &payload.name);
    let kind = variant(payload.kind);
    let aliases = payload.options.texts("alias");
    let fields = payload.fields.iter().map(|field| {
        let (name, ty) = (field_name(field), output::written(field.ty.to_token_stream()));
        let role = match field.roles.first() {
            Some((Role::AggregateId, _)) => quote!(AggregateId),
            Some((Role::LockId, _)) => quote!(LockId),
            Some((Role::Id, _)) => quote!(ViewId),
            Some((Role::Index, _)) => quote!(Index),
            Some((Role::Association, _)) | None => quote!(Plain),
        };
        let cfgs = &field.cfgs;
        quote! {
            #(#cfgs)*
            __evento::FieldMeta { name: #name, type_name: #ty, role: __evento::FieldRole::#role }
        }
    });
    let response = match payload.options.ty("response") {
        Some(ty) => {
            let ty = output::written(ty.to_token_stream());
            quote!(::core::option::Option::Some(#ty))
        }
        None => quote!(::core::option::Option::None),
    };
    let (source, version) = (output::source(ident.span()), payload.version());
    let (public, wire) = (payload.options.has("public"), wire(payload));
    let (upcasters, chain) = (versions::upcasters(payload), versions::chain(payload));
    quote! {
        #[automatically_derived]
        impl __evento::Payload for #ident {
            const META: __evento::PayloadMeta = __evento::PayloadMeta {
                name: #name,
                aliases: &[#(#aliases),*],
                kind: __evento::PayloadKind::#kind,
                version: #version,
                fields: &[#(#fields),*],
                response: #response,
                public: #public,
                source: #source,
                key: __evento::PayloadKey::of(#name, __evento::PayloadKind::#kind, #source),
                wire: #wire,
            };
            #upcasters
        }
        #chain
    }
}

/// What tests can ask of the JSON. Other builds have no use for the functions, and do without.
///
/// ```text
/// { use NoShape as _; Wire::of::<AddTodo>(|shapes| Probe::<AddTodo>::shape(shapes, "AddTodo")) }
/// ```
///
/// Of a query it is `Wire::answered`, with the shape of the answer behind.
fn wire(payload: &Payload) -> TokenStream {
    if !shape::ENABLED {
        return quote!(__evento::Wire::UNKNOWN);
    }
    let ident = &payload.item.ident;
    let own = shape::asked(&syn::parse_quote!(#ident));
    let made = match (payload.kind, payload.options.ty("response")) {
        (Kind::Query, Some(response)) => {
            let response = shape::asked(response);
            quote!(__evento::Wire::answered::<#ident>(|shapes| #own, |shapes| #response))
        }
        (Kind::SagaState, _) => quote!(__evento::Wire::of_state::<#ident>(|shapes| #own)),
        _ => quote!(__evento::Wire::of::<#ident>(|shapes| #own)),
    };
    quote!({ use __evento::NoShape as _; #made })
}

fn variant(kind: Kind) -> TokenStream {
    match kind {
        Kind::DomainCommand => quote!(DomainCommand),
        Kind::ServiceCommand => quote!(ServiceCommand),
        Kind::DomainEvent => quote!(DomainEvent),
        Kind::ServiceEvent => quote!(ServiceEvent),
        Kind::Query => quote!(Query),
        Kind::Deadline => quote!(Deadline),
        Kind::View | Kind::AggregateState | Kind::SagaState => quote!(View),
    }
}

/// The name of a field as serde writes it, without `r#`.
fn field_name(field: &Field) -> LitStr {
    LitStr::new(&field.ident.unraw().to_string(), field.ident.span())
}

/// The text of a field, blaming its type when it is no key. After an error about the fields, whatever compiles.
fn key(field: Option<&Field>) -> TokenStream {
    let Some(Field { ident, ty, .. }) = field.filter(|field| field.may_identify()) else {
        return quote!(::core::unreachable!());
    };
    let path = quote_spanned!(ty.span()=> <#ty as __evento::Key>::key);
    quote!(#path(&self.#ident))
}

/// ```text
/// impl DomainCommand for AddTodo {
///     fn aggregate_id(&self) -> String { <String as Key>::key(&self.list_id) }
/// }
/// impl Command for AddTodo {
///     fn target(&self) -> Option<String> { Some(DomainCommand::aggregate_id(self)) }
/// }
/// ```
fn domain_command(payload: &Payload) -> TokenStream {
    let ident = &payload.item.ident;
    let id = key(payload.with(Role::AggregateId).next());
    quote! {
        #[automatically_derived]
        impl __evento::DomainCommand for #ident {
            fn aggregate_id(&self) -> ::std::string::String { #id }
        }
        #[automatically_derived]
        impl __evento::Command for #ident {
            fn target(&self) -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::Some(__evento::DomainCommand::aggregate_id(self))
            }
        }
    }
}

/// ```text
/// impl ServiceCommand for SendEmail {
///     fn lock_id(&self) -> Option<String> { Some(<String as Key>::key(&self.to)) }    // `None` without `#[lock_id]`
/// }
/// impl Command for SendEmail {
///     fn target(&self) -> Option<String> { ServiceCommand::lock_id(self) }
/// }
/// ```
fn service_command(payload: &Payload) -> TokenStream {
    let ident = &payload.item.ident;
    let lock = match payload.with(Role::LockId).next() {
        Some(field) => {
            let key = key(Some(field));
            quote!(::core::option::Option::Some(#key))
        }
        None => quote!(::core::option::Option::None),
    };
    quote! {
        #[automatically_derived]
        impl __evento::ServiceCommand for #ident {
            fn lock_id(&self) -> ::core::option::Option<::std::string::String> { #lock }
        }
        #[automatically_derived]
        impl __evento::Command for #ident {
            fn target(&self) -> ::core::option::Option<::std::string::String> {
                __evento::ServiceCommand::lock_id(self)
            }
        }
    }
}

/// ```text
/// impl Event for TodoAdded {}
/// impl DomainEvent for TodoAdded {}
/// impl<A: Sources<TodoAdded>> Decision<A> for TodoAdded {
///     const EVENTS: Decided = Decided::One(&<TodoAdded as Payload>::META);
///     fn decide(self, events: &mut NewEvents) -> Result<(), Error> { events.push(&self) }
/// }
/// impl<A: Starts<TodoAdded>> Begins<A> for TodoAdded {}
/// ```
fn domain_event(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    quote! {
        #[automatically_derived]
        impl __evento::Event for #ident {}
        #[automatically_derived]
        impl __evento::DomainEvent for #ident {}
        #[automatically_derived]
        impl<A: __evento::Sources<#ident>> __evento::Decision<A> for #ident {
            const EVENTS: __evento::Decided = __evento::Decided::One(&<#ident as __evento::Payload>::META);
            fn decide(
                self,
                events: &mut __evento::NewEvents,
            ) -> ::core::result::Result<(), __evento::Error> {
                events.push(&self)
            }
        }
        #[automatically_derived]
        impl<A: __evento::Starts<#ident>> __evento::Begins<A> for #ident {}
    }
}

/// ```text
/// impl Event for EmailSent {}
/// impl ServiceEvent for EmailSent {}
/// impl Effects for EmailSent {
///     const EVENTS: Decided = Decided::One(&<EmailSent as Payload>::META);
///     fn effects(self, events: &mut NewEvents) -> Result<(), Error> { events.push(&self) }
/// }
/// ```
fn service_event(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    quote! {
        #[automatically_derived]
        impl __evento::Event for #ident {}
        #[automatically_derived]
        impl __evento::ServiceEvent for #ident {}
        #[automatically_derived]
        impl __evento::Effects for #ident {
            const EVENTS: __evento::Decided = __evento::Decided::One(&<#ident as __evento::Payload>::META);
            fn effects(
                self,
                events: &mut __evento::NewEvents,
            ) -> ::core::result::Result<(), __evento::Error> {
                events.push(&self)
            }
        }
    }
}

/// ```text
/// impl Query for FindTodoList { type Response = Option<TodoListView>; }       // `Unsaid` after an error
/// ```
fn query(payload: &Payload) -> TokenStream {
    let ident = &payload.item.ident;
    let response =
        payload.options.ty("response").map_or_else(|| quote!(__evento::Unsaid), ToTokens::to_token_stream);
    quote! {
        #[automatically_derived]
        impl __evento::Query for #ident {
            type Response = #response;
        }
    }
}

/// ```text
/// impl Deadline for PaymentTimeout {}
/// ```
fn deadline(item: &DeriveInput) -> TokenStream {
    let ident = &item.ident;
    quote! {
        #[automatically_derived]
        impl __evento::Deadline for #ident {}
    }
}

/// ```text
/// impl View for TodoListView {
///     fn view_id(&self) -> String { <String as Key>::key(&self.list_id) }
///     fn indexes(&self) -> Vec<(&'static str, String)> { vec![("name", <String as Key>::key(&self.name))] }
/// }
/// impl TodoListView {
///     /// Finds rows by `name`.
///     pub const BY_NAME: Index<Self, String> = Index::new("name");
///     #[doc(hidden)]
///     pub const BY_DONE: Unindexed<Self> = Unindexed::FIELD;      // of other fields, for the message
/// }
/// ```
fn view(payload: &Payload) -> TokenStream {
    let ident = &payload.item.ident;
    let id = key(payload.with(Role::Id).next());
    let pairs = pairs(payload, Role::Index);
    let vis = &payload.item.vis;
    let constants = payload.with(Role::Index).map(|field| constant(vis, field));
    let unindexed = payload.fields.iter().filter(|field| field.roles.is_empty());
    let unindexed = unindexed.map(|field| unindexed_constant(vis, field));
    quote! {
        #[automatically_derived]
        impl __evento::View for #ident {
            fn view_id(&self) -> ::std::string::String { #id }
            fn indexes(&self) -> ::std::vec::Vec<(&'static str, ::std::string::String)> {
                ::std::vec::Vec::from([#(#pairs),*])
            }
        }
        #[automatically_derived]
        #[allow(dead_code, private_interfaces)]
        impl #ident {
            #(#constants)*
            #(#unindexed)*
        }
    }
}

fn constant(vis: &Visibility, field: &Field) -> TokenStream {
    let (name, ty, cfgs) = (field_name(field), &field.ty, &field.cfgs);
    let constant = constant_name(field);
    let doc = format!(" Finds rows by `{}`.", name.value());
    quote! {
        #(#cfgs)*
        #[doc = #doc]
        #vis const #constant: __evento::Index<Self, #ty> = __evento::Index::new(#name);
    }
}

/// What whoever looks for rows by a field without an index gets instead of one: a message.
fn unindexed_constant(vis: &Visibility, field: &Field) -> TokenStream {
    let (constant, cfgs) = (constant_name(field), &field.cfgs);
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #vis const #constant: __evento::Unindexed<Self> = __evento::Unindexed::FIELD;
    }
}

fn constant_name(field: &Field) -> Ident {
    format_ident!("BY_{}", field_name(field).value().to_uppercase(), span = field.ident.span())
}

/// The fields of a role with their values.
fn pairs(payload: &Payload, role: Role) -> impl Iterator<Item = TokenStream> {
    payload.with(role).map(|field| {
        let (name, key, cfgs) = (field_name(field), key(Some(field)), &field.cfgs);
        quote!(#(#cfgs)* (#name, #key))
    })
}

/// ```text
/// impl AggregateState for TodoList {
///     const DEFINITION_HASH: u64 = 0x…;
///     fn debug(&self) -> Option<String> { Some(format!("{self:#?}")) }        // not with `manual(Debug)`
/// }
/// ```
fn aggregate_state(payload: &Payload) -> TokenStream {
    let (ident, hash) = (&payload.item.ident, payload.definition);
    let has_debug = !payload.manual.iter().any(|manual| manual == "Debug");
    let debug = has_debug.then(|| {
        quote! {
            fn debug(&self) -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::Some(::std::format!("{:#?}", self))
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl __evento::AggregateState for #ident {
            const DEFINITION_HASH: u64 = #hash;
            #debug
        }
    }
}

/// ```text
/// impl SagaState for OrderSaga {
///     const ASSOCIATIONS: &'static [&'static str] = &["order_id"];
///     const WIRE: Wire = Wire::UNKNOWN;           // for tests, functions: see `wire`
///     fn associations(&self) -> Vec<(&'static str, String)> { vec![("order_id", <OrderId as Key>::key(&self.order_id))] }
/// }
/// ```
fn saga_state(payload: &Payload) -> TokenStream {
    let ident = &payload.item.ident;
    let names = payload.with(Role::Association).map(|field| {
        let (name, cfgs) = (field_name(field), &field.cfgs);
        quote!(#(#cfgs)* #name)
    });
    let (pairs, wire) = (pairs(payload, Role::Association), wire(payload));
    quote! {
        #[automatically_derived]
        impl __evento::SagaState for #ident {
            const ASSOCIATIONS: &'static [&'static str] = &[#(#names),*];
            const WIRE: __evento::Wire = #wire;
            fn associations(&self) -> ::std::vec::Vec<(&'static str, ::std::string::String)> {
                ::std::vec::Vec::from([#(#pairs),*])
            }
        }
    }
}

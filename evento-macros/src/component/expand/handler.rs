//! The description of a handler.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{LitStr, Type, ext::IdentExt, spanned::Spanned};

use super::{association, number, run};
use crate::{
    component::{
        Kind, Method,
        model::{Component, Handler, Param, Receiver},
    },
    output,
};

/// ```text
/// HandlerMeta {
///     name: "add", kind: HandlerKind::AggregateCommand, payload: Some(<AddTodo as HandledDomainCommand>::META),
///     receiver: Receiver::Ref, params: &[<&Metadata as AggregateCommandParam<'_>>::USES],
///     decides: <Result<TodoAdded, TodoError> as Decision<Self>>::EVENTS, association: None, retry: Retry::DEFAULT,
///     executor: None, run: Run::Sync(|invocation| { .. }), source: ..,
/// }
/// ```
pub(super) fn meta(component: &Component, handler: &Handler) -> TokenStream {
    let cfgs = &handler.cfgs;
    let name = LitStr::new(&handler.ident().unraw().to_string(), handler.ident().span());
    let kind = match handler.method {
        Method::AggregateCommandHandler => quote!(AggregateCommand),
        Method::EventSourcingHandler => quote!(EventSourcing),
        Method::CommandHandler => quote!(Command),
        Method::EventHandler => quote!(Event),
        Method::SagaEventHandler => quote!(SagaEvent),
        Method::SagaDeadlineHandler => quote!(SagaDeadline),
        Method::QueryHandler => quote!(Query),
        Method::InvocationHandler => quote!(Invocation),
        Method::Inject | Method::Setup => quote!(Setup),
    };
    let payload = match (&handler.payload, handled_trait(handler.method)) {
        (Some(payload), Some(handled)) => {
            let ty = &payload.ty;
            let meta = quote_spanned!(ty.span()=> <#ty as #handled>::META);
            quote!(::core::option::Option::Some(#meta))
        }
        _ => quote!(::core::option::Option::None),
    };
    let receiver = match handler.receiver {
        Receiver::None => quote!(None),
        Receiver::Ref | Receiver::Other => quote!(Ref),
        Receiver::Mut => quote!(Mut),
        Receiver::Owned => quote!(Owned),
    };
    let params = injected(handler).map(|param| {
        let param = as_param(component, handler, &param.ty);
        quote!(#param::USES)
    });
    let decides = decides(handler);
    let association = association::value(handler);
    let retry = retry(handler);
    let executor = executor(handler);
    let run = run::run(component, handler);
    let source = output::source(handler.ident().span());
    quote! {
        #(#cfgs)*
        __evento::HandlerMeta {
            name: #name,
            kind: __evento::HandlerKind::#kind,
            payload: #payload,
            receiver: __evento::Receiver::#receiver,
            params: &[#(#params),*],
            decides: #decides,
            association: #association,
            retry: #retry,
            executor: #executor,
            run: #run,
            source: #source,
        }
    }
}

/// The parameters that are taken from the call, and not passed by a caller.
pub(super) fn injected(handler: &Handler) -> impl Iterator<Item = &Param> {
    let all = handler.method != Method::InvocationHandler;
    handler.params.iter().filter(move |param| all || matches!(param.ty, Type::Reference(_)))
}

/// `<&Views<V> as ProjectorParam<'_>>`, blaming the type of the parameter.
pub(super) fn as_param(component: &Component, handler: &Handler, ty: &Type) -> TokenStream {
    let role = match (handler.method, component.kind) {
        (Method::AggregateCommandHandler, _) => quote!(AggregateCommandParam),
        (Method::EventSourcingHandler, _) => quote!(EventSourcingParam),
        (Method::CommandHandler, _) => quote!(ServiceParam),
        (Method::EventHandler, Kind::Projector) => quote!(ProjectorParam),
        (Method::EventHandler, _) => quote!(ObserverParam),
        (Method::SagaEventHandler, _) => quote!(SagaParam),
        (Method::SagaDeadlineHandler, _) => quote!(SagaDeadlineParam),
        (Method::QueryHandler, _) => quote!(ProjectionParam),
        (Method::InvocationHandler, _) => quote!(InvokerParam),
        (Method::Inject | Method::Setup, _) => quote!(SetupParam),
    };
    quote_spanned!(ty.span()=> <#ty as __evento::#role<'_>>)
}

/// The trait that gives a handler its payload.
pub(super) fn handled_trait(method: Method) -> Option<TokenStream> {
    Some(match method {
        Method::AggregateCommandHandler => quote!(__evento::HandledDomainCommand),
        Method::EventSourcingHandler => quote!(__evento::SourcedEvent),
        Method::CommandHandler => quote!(__evento::HandledServiceCommand),
        Method::EventHandler | Method::SagaEventHandler => quote!(__evento::HandledEvent),
        Method::SagaDeadlineHandler => quote!(__evento::HandledDeadline),
        Method::QueryHandler => quote!(__evento::HandledQuery),
        Method::InvocationHandler | Method::Inject | Method::Setup => return None,
    })
}

/// The return type, or `()` at the name of the method.
pub(super) fn output(handler: &Handler) -> TokenStream {
    match handler.output() {
        Some(ty) => quote!(#ty),
        None => quote_spanned!(handler.ident().span()=> ()),
    }
}

fn decides(handler: &Handler) -> TokenStream {
    let output = output(handler);
    let span = output.span();
    match (handler.method, handler.receiver) {
        (Method::AggregateCommandHandler, Receiver::None) => {
            quote_spanned!(span=> <#output as __evento::Begins<Self>>::BEGINNING)
        }
        (Method::AggregateCommandHandler, _) => {
            quote_spanned!(span=> <#output as __evento::Decision<Self>>::EVENTS)
        }
        (Method::CommandHandler, _) => quote_spanned!(span=> <#output as __evento::Effects>::EVENTS),
        _ => quote!(__evento::Decided::NONE),
    }
}

fn executor(handler: &Handler) -> TokenStream {
    match handler.options.text("executor") {
        Some(name) => quote!(::core::option::Option::Some(#name)),
        None => quote!(::core::option::Option::None),
    }
}

fn retry(handler: &Handler) -> TokenStream {
    let times = number(&handler.options, "retry");
    let delay = number(&handler.options, "retry_delay");
    match (times, delay) {
        (None, None) => quote!(__evento::Retry::DEFAULT),
        (times, delay) => {
            let times = times.map_or_else(|| quote!(__evento::Retry::DEFAULT.times), |times| quote!(#times));
            let delay =
                delay.map_or_else(|| quote!(__evento::Retry::DEFAULT.delay_ms), |delay| quote!(#delay));
            quote!(__evento::Retry { times: #times, delay_ms: #delay })
        }
    }
}

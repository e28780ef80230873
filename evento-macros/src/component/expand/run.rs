//! The function behind a handler: it takes the parameters out of the call and calls the method.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::handler::{as_param, handled_trait, output};
use crate::component::{
    Method,
    model::{Component, Handler, Receiver},
};

pub(super) fn run(component: &Component, handler: &Handler) -> TokenStream {
    match handler.method {
        Method::AggregateCommandHandler => decide(component, handler),
        Method::EventSourcingHandler => apply(component, handler),
        Method::InvocationHandler => quote!(__evento::Run::Direct),
        _ => start(component, handler),
    }
}

/// ```text
/// Run::Sync(|mut invocation| {
///     let this = invocation.state::<Self>()?;
///     let payload = <AddTodo as HandledDomainCommand>::take(&invocation)?;
///     <Result<TodoAdded, TodoError> as Decision<Self>>::outcome(Self::add(this, payload))
/// })
/// ```
fn decide(component: &Component, handler: &Handler) -> TokenStream {
    let (arguments, call) = call(component, handler);
    let output = output(handler);
    let outcome = if handler.receiver == Receiver::None {
        quote_spanned!(output.span()=> <#output as __evento::Begins<Self>>::begin)
    } else {
        quote_spanned!(output.span()=> <#output as __evento::Decision<Self>>::outcome)
    };
    quote! {
        __evento::Run::Sync(|mut invocation| {
            #arguments
            #outcome(#call)
        })
    }
}

/// ```text
/// Run::Sync(|mut invocation| {
///     let this = invocation.state_mut::<Self>()?;             // `take_state` for `self`, nothing without receiver
///     let payload = <TodoAdded as SourcedEvent>::lend(&invocation)?;
///     Self::added(this, payload);
///     Ok(Outcome::Done)                                       // `Ended` for `self`, `State(state(..))` without receiver
/// })
/// ```
fn apply(component: &Component, handler: &Handler) -> TokenStream {
    let (arguments, call) = call(component, handler);
    let outcome = match handler.receiver {
        Receiver::None => {
            quote!(::core::result::Result::Ok(__evento::Outcome::State(__evento::state::<Self>(#call))))
        }
        Receiver::Owned => quote!(#call; ::core::result::Result::Ok(__evento::Outcome::Ended)),
        _ => quote!(#call; ::core::result::Result::Ok(__evento::Outcome::Done)),
    };
    quote! {
        __evento::Run::Sync(|mut invocation| {
            #arguments
            #outcome
        })
    }
}

/// ```text
/// Run::Async(|mut invocation| {
///     let this = invocation.component::<Self>()?;
///     let payload = <TodoAdded as HandledEvent>::lend(&invocation)?;
///     let param_0 = <&Views<TodoListView> as ProjectorParam<'_>>::take(&mut invocation)?;
///     Ok(Box::pin(converted(Self::added(this, payload, param_0), <Result<()> as EventReturn>::outcome)))
/// })
/// ```
fn start(component: &Component, handler: &Handler) -> TokenStream {
    let (arguments, call) = call(component, handler);
    let output = output(handler);
    let span = output.span();
    let convert = match (handler.method, handler.receiver) {
        (Method::CommandHandler, _) => quote_spanned!(span=> <#output as __evento::Effects>::outcome),
        (Method::QueryHandler, _) => {
            let response = handler.payload.as_ref().map(|payload| {
                let ty = &payload.ty;
                quote_spanned!(ty.span()=> <#ty as __evento::HandledQuery>::Response)
            });
            quote_spanned!(span=> <#output as __evento::Answers<#response, _>>::outcome)
        }
        (Method::SagaEventHandler, Receiver::None) => {
            quote_spanned!(span=> <#output as __evento::SagaStart<Self>>::outcome)
        }
        (Method::SagaEventHandler | Method::SagaDeadlineHandler, Receiver::Owned) => {
            quote_spanned!(span=> <#output as __evento::EndsSaga<Self>>::outcome)
        }
        _ => quote_spanned!(span=> <#output as __evento::EventReturn>::outcome),
    };
    let future = if handler.sig.asyncness.is_some() {
        quote_spanned!(handler.ident().span()=> ::std::boxed::Box::pin(__evento::converted(#call, #convert)))
    } else {
        quote!(::std::boxed::Box::pin(::core::future::ready(#convert(#call))))
    };
    quote! {
        __evento::Run::Async(|mut invocation| {
            #arguments
            ::core::result::Result::Ok(#future)
        })
    }
}

/// The statements that take the arguments, and the call itself.
fn call(component: &Component, handler: &Handler) -> (TokenStream, TokenStream) {
    let mut names = Vec::new();
    let mut statements = TokenStream::new();
    let this = match (component.kind.has_lives(), handler.receiver) {
        (_, Receiver::None | Receiver::Other) => None,
        (true, Receiver::Ref) => Some(quote!(state)),
        (true, Receiver::Mut) => Some(quote!(state_mut)),
        (true, Receiver::Owned) => Some(quote!(take_state)),
        (false, _) => Some(quote!(component)),
    };
    if let Some(this) = this {
        statements.extend(quote!(let this = invocation.#this::<Self>()?;));
        names.push(format_ident!("this"));
    }
    if let (Some(payload), Some(handled)) = (&handler.payload, handled_trait(handler.method)) {
        let (ty, how) = (&payload.ty, if payload.borrowed { quote!(lend) } else { quote!(take) });
        let taken = quote_spanned!(ty.span()=> <#ty as #handled>::#how);
        statements.extend(quote!(let payload = #taken(&invocation)?;));
        names.push(format_ident!("payload"));
    }
    for (index, param) in handler.params.iter().enumerate() {
        let name = format_ident!("param_{index}");
        let param = as_param(component, handler, &param.ty);
        statements.extend(quote!(let #name = #param::take(&mut invocation)?;));
        names.push(name);
    }
    let method = handler.ident();
    (statements, quote_spanned!(method.span()=> Self::#method(#(#names),*)))
}

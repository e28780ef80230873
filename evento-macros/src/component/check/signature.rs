//! Rules of signatures: handlers are plain, concrete methods.

use quote::ToTokens;
use syn::{FnArg, Safety};

use crate::{
    component::{
        Method,
        model::{Handler, Receiver, impl_trait},
    },
    errors::Errors,
};

pub(super) fn check(handler: &Handler, errors: &mut Errors) {
    concrete(handler, errors);
    plain(handler, errors);
    replayable(handler, errors);
    receiver(handler, errors);
}

/// The runtime calls a handler by types that stand in the signature.
fn concrete(handler: &Handler, errors: &mut Errors) {
    if !handler.sig.generics.params.is_empty() {
        errors.at(&handler.sig.generics, "a handler is concrete: remove the parameters in `<..>`");
    }
    let params = handler.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed.ty.to_token_stream()),
        FnArg::Receiver(_) => None,
    });
    for types in params.chain(handler.output().map(ToTokens::to_token_stream)) {
        if let Some(span) = impl_trait(types) {
            errors.at_span(span, "a handler is concrete: name the type instead of `impl ..`");
        }
    }
}

/// Nothing special about how it is called.
fn plain(handler: &Handler, errors: &mut Errors) {
    let sig = &handler.sig;
    if let Some(token) = sig.constness {
        errors.at(token, "a handler is called at run time: remove `const`");
    }
    if let Safety::Unsafe(token) = sig.safety {
        errors.at(token, "a handler is called by the runtime, which makes no promises: remove `unsafe`");
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a handler is called from Rust: remove `extern`");
    }
}

/// Deciding and sourcing are repeated, on conflicts and on replay: they compute and do nothing else.
fn replayable(handler: &Handler, errors: &mut Errors) {
    let Some(token) = handler.sig.asyncness else { return };
    match handler.method {
        Method::AggregateCommandHandler => errors.at(
            token,
            "deciding is pure, so it is not `async`: let a service, an observer or a saga talk to the world",
        ),
        Method::EventSourcingHandler => {
            errors.at(token, "replay is pure, so an event-sourcing handler is not `async`");
        }
        _ => {}
    }
}

/// How each kind of handler takes `self`.
fn receiver(handler: &Handler, errors: &mut Errors) {
    use Receiver::{Mut, None, Other, Owned, Ref};
    let message = match (handler.method, handler.receiver) {
        (Method::AggregateCommandHandler, None | Ref) => return,
        (Method::AggregateCommandHandler, _) => {
            "deciding changes nothing: take `&self`, or no receiver to start a life; the event-sourcing handler changes the state"
        }
        (Method::EventSourcingHandler, None | Mut | Owned) => return,
        (Method::EventSourcingHandler, _) => {
            "an event changes the state: take `&mut self`, `self` to end the life, or no receiver to start one"
        }
        (Method::SagaEventHandler, None | Mut | Owned) => return,
        (Method::SagaEventHandler, _) => {
            "take `&mut self` to go on, `self` to end the saga, or no receiver to start one"
        }
        (Method::SagaDeadlineHandler, Mut | Owned) => return,
        (Method::SagaDeadlineHandler, _) => {
            "a deadline comes for a saga that lives: take `&mut self` to go on, or `self` to end the saga"
        }
        (Method::Inject, None) => return,
        (Method::Inject, _) => "a constructor makes the component: it has no receiver",
        (_, Ref) => return,
        (_, Mut | Owned | Other) => {
            "the component is shared by all calls: take `&self`; what changes belongs behind a lock or in a store"
        }
        (_, None) => "this handler is called on the component: take `&self`",
    };
    match handler.sig.receiver() {
        Some(receiver) => errors.at(receiver, message),
        Option::None => errors.at(handler.ident(), message),
    }
}

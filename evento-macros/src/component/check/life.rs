//! Rules of lives: how the receiver and the return type of a sourcing handler go together, and how events find a saga.

use quote::ToTokens;
use syn::Type;

use crate::{
    component::{
        Method,
        expand::Association,
        model::{Component, Handler, Receiver},
    },
    errors::Errors,
    output::written,
};

pub(super) fn check(component: &Component, handler: &Handler, errors: &mut Errors) {
    if handler.method == Method::EventSourcingHandler {
        sourcing_result(component, handler, errors);
    }
    association_is_readable(handler, errors);
}

/// An association names a field of the saga, and where the event has its value.
fn association_is_readable(handler: &Handler, errors: &mut Errors) {
    if let Some(Err(error)) = Association::of(handler) {
        errors.push(error);
    }
}

/// What happened has happened: applying an event cannot fail. The first one makes the state, the others change it.
fn sourcing_result(component: &Component, handler: &Handler, errors: &mut Errors) {
    let (name, output) = (&component.ident, handler.output());
    if let Some(ty) = output.filter(|ty| is_result(ty)) {
        errors.at(
            ty,
            "replay is pure: what has happened cannot fail, so an event-sourcing handler returns no `Result`",
        );
        return;
    }
    match (handler.receiver, output) {
        (Receiver::None, Some(ty)) if is_self(component, ty) => {}
        (Receiver::None, Some(ty)) => {
            errors.at(ty, format!("an event-sourcing handler without `self` starts the life of `{name}`: it returns `Self`"));
        }
        (Receiver::None, None) => errors.at(
            handler.ident(),
            format!("an event-sourcing handler without `self` starts the life of `{name}`: write `-> Self`, or take `&mut self`"),
        ),
        (_, Some(ty)) if !is_unit(ty) => {
            errors.at(ty, "an event-sourcing handler with `self` changes the state in place and returns nothing");
        }
        _ => {}
    }
}

fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Result"))
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

fn is_self(component: &Component, ty: &Type) -> bool {
    let ty = written(ty.to_token_stream());
    ty == "Self" || ty == written(component.ty.to_token_stream())
}

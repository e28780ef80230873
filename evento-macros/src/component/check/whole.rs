//! Rules of the component as a whole.

use quote::ToTokens;

use crate::{
    component::{
        Kind, Method,
        model::{Component, Handler, Receiver},
    },
    errors::Errors,
    output::written,
};

pub(super) fn check(component: &Component, errors: &mut Errors) {
    one_handler_per_payload(component, errors);
    one_setup(component, errors);
    // With a handler that could not be understood, what seems to be missing may be just that.
    if !component.incomplete && handles_something(component, errors) {
        can_begin(component, errors);
    }
}

/// A component without a handler is a mistake.
fn handles_something(component: &Component, errors: &mut Errors) -> bool {
    let handles = component.handlers.iter().any(|handler| handler.method != Method::Setup);
    if !handles {
        let (name, attribute) = (&component.ident, component.kind.attribute());
        let expected: Vec<_> =
            component.kind.handlers().iter().map(|method| format!("`#[{}]`", method.attribute())).collect();
        errors.at(
            &component.ty,
            format!("`#[{attribute}] {name}` handles nothing: put {} on its methods", expected.join(" or ")),
        );
    }
    handles
}

/// Somebody has to start a life, or there is none.
fn can_begin(component: &Component, errors: &mut Errors) {
    let begins = |method| {
        component
            .handlers
            .iter()
            .any(|handler| handler.method == method && handler.receiver == Receiver::None)
    };
    let name = &component.ident;
    match component.kind {
        Kind::Aggregate if !begins(Method::AggregateCommandHandler) => errors.at(
            &component.ty,
            format!("`{name}` can never be created: write an `#[aggregate_command_handler]` without `self`"),
        ),
        Kind::Saga if !begins(Method::SagaEventHandler) => errors.at(
            &component.ty,
            format!(
                "`{name}` can never start: write a `#[saga_event_handler]` without `self` that returns `Self`"
            ),
        ),
        _ => {}
    }
}

/// A payload has one handler per component: one that starts a life and one for a life that is there, where there are lives.
fn one_handler_per_payload(component: &Component, errors: &mut Errors) {
    let key = |handler: &Handler| {
        let payload = handler.payload.as_ref()?;
        let starts = component.kind.has_lives() && handler.receiver == Receiver::None;
        Some((handler.method.attribute(), starts, written(payload.ty.to_token_stream())))
    };
    for (index, handler) in component.handlers.iter().enumerate() {
        let (Some(wanted), Some(payload)) = (key(handler), &handler.payload) else { continue };
        let first = component.handlers[..index].iter().find(|first| {
            // Two that are compiled under conditions may never meet.
            first.cfgs.is_empty() && handler.cfgs.is_empty() && key(first).as_ref() == Some(&wanted)
        });
        if let Some(first) = first {
            let (name, first) = (&wanted.2, first.ident());
            errors.at(&payload.ty, format!("`{name}` is already handled by `{first}`"));
        }
    }
}

/// The tables of a projector are set up once.
fn one_setup(component: &Component, errors: &mut Errors) {
    let mut setups = component.handlers.iter().filter(|handler| handler.method == Method::Setup);
    let Some(first) = setups.next() else { return };
    for second in setups {
        errors.at(
            &second.attribute,
            format!("the tables of a projector are set up once, and `{}` does it already", first.ident()),
        );
    }
}

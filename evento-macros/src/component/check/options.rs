//! Rules of options: they are there where they must be, and in range.

use crate::{
    component::{
        Kind, Method, expand,
        model::{Component, Handler},
    },
    errors::Errors,
};

pub(super) fn check(component: &Component, errors: &mut Errors) {
    versioned(component, errors);
    adopts(component, errors);
    snapshots(component, errors);
    reads(component, errors);
    for handler in &component.handlers {
        handler.options.within("retry", 0..=100, errors);
        handler.options.within("retry_delay", 0..=3_600_000, errors);
        executor(component, handler, errors);
        if handler.method == Method::SagaEventHandler && handler.options.lacks("association") {
            errors.at(
                handler.ident(),
                format!(
                    "`{}` does not say which sagas the event concerns: write `#[saga_event_handler(association = \"field\")]`",
                    handler.ident()
                ),
            );
        }
    }
}

/// An executor is for handlers that are called many at once.
fn executor(component: &Component, handler: &Handler, errors: &mut Errors) {
    let Some(name) = handler.options.text("executor") else { return };
    match component.kind {
        Kind::Projector => errors.at(
            name,
            "`executor` is for handlers of observers: a projector's writes and its checkpoint are one transaction, so it runs in order",
        ),
        Kind::Saga => {
            errors.at(name, "`executor` is for handlers of observers: a saga's events are handled in order");
        }
        _ if name.value().trim().is_empty() => errors.at(
            name,
            "an executor has a name: that of an `.executor(\"name\", ..)` of the builder",
        ),
        _ => {}
    }
}

/// A consumer has a checkpoint per version, so the version is never left to a default.
fn versioned(component: &Component, errors: &mut Errors) {
    if !component.kind.is_consumer() {
        return;
    }
    component.options.within("version", 1..=u32::MAX, errors);
    if component.options.lacks("version") {
        let (noun, attribute) = (component.kind.noun(), component.kind.attribute());
        errors.at_span(
            proc_macro2::Span::call_site(),
            format!("{noun} needs a version: write `#[{attribute}(version = 1)]`"),
        );
    }
}

/// What is adopted is older.
fn adopts(component: &Component, errors: &mut Errors) {
    let (Some(adopts), Some(version)) =
        (component.options.number("adopts"), component.options.number("version"))
    else {
        return;
    };
    if adopts.value < 1 || (adopts.value >= version.value && version.value >= 1) {
        let message = if version.value > 1 {
            format!(
                "a saga adopts an earlier version: `adopts` is an integer from 1 to {}",
                version.value - 1
            )
        } else {
            "a saga adopts an earlier version, and there is none before the first: remove `adopts`".to_owned()
        };
        errors.at(adopts, message);
    }
}

/// What is read by SQL are tables, and they belong to projectors.
fn reads(component: &Component, errors: &mut Errors) {
    let Some(list) = component.options.list("reads") else { return };
    if let Err(error) = expand::read_projectors(list) {
        errors.at_span(
            error.span(),
            "`reads` lists the projectors whose tables are read: `reads(SomeProjector)`",
        );
    }
}

/// A snapshot after no event is none.
fn snapshots(component: &Component, errors: &mut Errors) {
    if component.kind == Kind::Aggregate {
        component.options.within("snapshot_every", 1..=u32::MAX, errors);
        component.options.within("snapshot_version", 0..=u32::MAX, errors);
    }
}

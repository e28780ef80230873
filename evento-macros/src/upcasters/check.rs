//! The rules of upcasters that one block shows. Whether their chain is whole is checked by constants, which know the event.

use quote::ToTokens;
use syn::{FnArg, Safety};

use super::model::{Step, Upcasters};
use crate::{component::impl_trait, errors::Errors};

/// Checks everything.
pub(super) fn check(upcasters: &Upcasters, errors: &mut Errors) {
    target(upcasters, errors);
    for (index, step) in upcasters.steps.iter().enumerate() {
        starts_somewhere(step, errors);
        starts_alone(upcasters, index, step, errors);
        plain(step, errors);
        pure(step, errors);
        concrete(step, errors);
        takes_json(step, errors);
    }
}

/// The block is `impl Name { .. }`: not of a trait, and without parameters.
fn target(upcasters: &Upcasters, errors: &mut Errors) {
    if let Some(of_trait) = &upcasters.of_trait {
        errors.at(of_trait, "`#[upcasters]` goes on an inherent `impl` block, not on that of a trait");
    } else if !upcasters.generics.params.is_empty() {
        errors.at(
            &upcasters.generics,
            "an event is one concrete type: `#[upcasters]` goes on a non-generic `impl` block",
        );
    } else if !upcasters.is_nameable() {
        errors.at(&upcasters.ty, "an event is a struct or an enum of yours: `impl TodoAdded { .. }`");
    }
}

/// An upcaster says from which version it leads to the next one.
fn starts_somewhere(step: &Step, errors: &mut Errors) {
    match step.from() {
        // The last version leads to none.
        Some(from) if !(1..i128::from(u32::MAX)).contains(&from.value) => {
            errors.at(from, "there is no such version: those of an event begin with 1");
        }
        None if step.is_silent => errors.at(
            &step.attribute,
            format!(
                "`{}` does not say from which version it leads on: write `#[upcast(from = 1)]`",
                step.ident()
            ),
        ),
        _ => {}
    }
}

/// One upcaster starts from a version. Of those that need not both be there, a constant sees which are.
fn starts_alone(upcasters: &Upcasters, index: usize, step: &Step, errors: &mut Errors) {
    let (Some(from), Some(version)) = (step.from(), step.version()) else { return };
    let first = upcasters.steps[..index]
        .iter()
        .find(|first| first.version() == Some(version) && first.cfgs.is_empty() && step.cfgs.is_empty());
    if let Some(first) = first {
        let (event, name) = (upcasters.name(), first.ident());
        errors.at(
            from,
            format!(
                "`{name}` brings version {version} of `{event}` to the next one already: remove one of them"
            ),
        );
    }
}

/// Nothing special about how it is called.
fn plain(step: &Step, errors: &mut Errors) {
    if let Safety::Unsafe(token) = step.sig.safety {
        errors.at(token, "an upcaster is called by the runtime, which makes no promises: remove `unsafe`");
    }
    if let Some(abi) = &step.sig.abi {
        errors.at(abi, "an upcaster is called from Rust: remove `extern`");
    }
}

/// An event is read again and again, in the middle of a replay: what it becomes depends on nothing but itself.
fn pure(step: &Step, errors: &mut Errors) {
    if let Some(token) = step.sig.asyncness {
        errors.at(token, "an upcaster is pure, so it is not `async`: it has nothing but the stored JSON");
    }
}

fn concrete(step: &Step, errors: &mut Errors) {
    if !step.sig.generics.params.is_empty() {
        errors.at(&step.sig.generics, "an upcaster is concrete: remove the parameters in `<..>`");
    }
    let types = step.param().into_iter().chain(step.output());
    for span in types.filter_map(|ty| impl_trait(ty.to_token_stream())) {
        errors.at_span(span, "an upcaster is concrete: name the type instead of `impl ..`");
    }
}

/// There is no event yet, only what was stored of it.
fn takes_json(step: &Step, errors: &mut Errors) {
    if let Some(receiver) = step.sig.receiver() {
        errors.at(
            receiver,
            "there is no event yet: an upcaster takes the stored JSON, `fn(Value) -> Result<Value>`",
        );
        return;
    }
    let mut params = step.sig.inputs.iter().skip(1);
    if step.sig.inputs.is_empty() {
        errors.at(
            step.ident(),
            format!(
                "`{}` takes nothing: an upcaster takes the stored JSON, `fn(Value) -> Result<Value>`",
                step.ident()
            ),
        );
    } else if let Some(FnArg::Typed(second)) = params.next() {
        errors.at(&second.ty, "an upcaster has nothing but the stored JSON: `fn(Value) -> Result<Value>`");
    }
}

//! The state behind an aggregate or a saga.

use std::any::Any;

use super::StateCodec;
use crate::payload::{AggregateState, SagaState, same, shape::Wire};

/// The struct behind an `#[aggregate]`. Gives everything about the state, so that a missing attribute is one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the state of an aggregate",
    label = "the struct behind an `#[aggregate]` needs `#[aggregate_state]`",
    note = "add `#[aggregate_state]` to `{Self}`"
)]
pub trait AggregateBehind {
    /// How the state is stored.
    const CODEC: StateCodec;

    /// Stands for the definition of the type.
    const DEFINITION_HASH: u64;
}

#[diagnostic::do_not_recommend]
impl<S: AggregateState> AggregateBehind for S {
    const CODEC: StateCodec =
        StateCodec { debug: |state| state.downcast_ref::<S>()?.debug(), ..StateCodec::of::<S>() };
    const DEFINITION_HASH: u64 = S::DEFINITION_HASH;
}

/// The struct behind a `#[saga]`. Gives everything about the state, so that a missing attribute is one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the state of a saga",
    label = "the struct behind a `#[saga]` needs `#[saga_state]`",
    note = "add `#[saga_state]` to `{Self}` and `#[association]` to the fields by which events find it"
)]
pub trait SagaBehind {
    /// How the state is stored.
    const CODEC: StateCodec;

    /// The fields by which events find the saga.
    const ASSOCIATIONS: &'static [&'static str];

    /// What is known of its JSON.
    const WIRE: Wire;

    /// Those fields with their values as text; empty for a value of another type.
    fn associations(state: &(dyn Any + Send + Sync)) -> Vec<(&'static str, String)>;
}

#[diagnostic::do_not_recommend]
impl<S: SagaState> SagaBehind for S {
    const CODEC: StateCodec = StateCodec::of::<S>();
    const ASSOCIATIONS: &'static [&'static str] = S::ASSOCIATIONS;
    const WIRE: Wire = S::WIRE;

    fn associations(state: &(dyn Any + Send + Sync)) -> Vec<(&'static str, String)> {
        state.downcast_ref::<S>().map(SagaState::associations).unwrap_or_default()
    }
}

/// Whether events find sagas by this field.
#[must_use]
pub const fn is_association(associations: &[&str], field: &str) -> bool {
    let mut at = 0;
    while at < associations.len() {
        if same(associations[at], field) {
            return true;
        }
        at += 1;
    }
    false
}

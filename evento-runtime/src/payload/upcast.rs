//! Upcasters: how an event that was stored in an earlier shape becomes what it is today.
//!
//! The chain of an event is data: one step for each version before the present one. `#[upcasters]` makes it, the attribute of
//! the event takes it over into [`Payload::UPCASTERS`](super::Payload::UPCASTERS) and has it checked when it is compiled, and
//! [`decode`](super::decode()) is the only place that applies it.

use std::marker::PhantomData;

use serde_json::Value;

use super::{
    Event, PayloadMeta,
    meta::{continued, hash},
};
use crate::error::Error;

/// One step of a chain: from the JSON of one version of an event to that of the next.
#[derive(Clone, Copy)]
pub struct Upcaster {
    /// The version that it starts from. It leads to the next one.
    pub from: u32,
    /// The name of the function.
    pub name: &'static str,
    /// The hash of its code.
    pub code: u64,
    /// The function.
    pub run: fn(Value) -> Result<Value, Error>,
}

/// An event with upcasters. Implemented by `#[upcasters]`.
pub trait Upcasts {
    /// The event.
    const EVENT: &'static PayloadMeta;

    /// The steps, in the order in which they are written.
    const STEPS: &'static [Upcaster];
}

/// What has upcasters: an event. Gives the event's description, so that upcasters of anything else are one error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "only stored events have upcasters",
    note = "add `#[domain_event(version = ..)]` or `#[service_event(version = ..)]` to `{Self}`"
)]
pub trait Evolves {
    /// What is known of the event.
    const META: &'static PayloadMeta;
}

#[diagnostic::do_not_recommend]
impl<E: Event> Evolves for E {
    const META: &'static PayloadMeta = &E::META;
}

/// The upcasters of a type, which need not have any: `UpcastersOf::<E>::STEPS` are those of `#[upcasters] impl E`, and without
/// such a block those of [`NoUpcasters`], which must be in scope. What is inherent comes first where it applies.
pub struct UpcastersOf<E>(PhantomData<E>);

impl<E: Upcasts> UpcastersOf<E> {
    /// The steps.
    pub const STEPS: &'static [Upcaster] = E::STEPS;
}

/// No upcasters.
pub trait NoUpcasters {
    /// No step.
    const STEPS: &'static [Upcaster] = &[];
}

impl<E> NoUpcasters for UpcastersOf<E> {}

/// Stands for how an event became what it is: for its version, and for the code of its upcasters.
#[must_use]
pub const fn evolution(version: u32, steps: &[Upcaster]) -> u64 {
    let mut hash = mixed(hash(""), version as u64);
    let mut at = 0;
    while at < steps.len() {
        hash = mixed(mixed(hash, steps[at].from as u64), steps[at].code);
        at += 1;
    }
    hash
}

/// A hash of code, together with how the events have evolved that this code is given.
#[must_use]
pub const fn with_evolutions(mut hash: u64, evolutions: &[u64]) -> u64 {
    let mut at = 0;
    while at < evolutions.len() {
        hash = mixed(hash, evolutions[at]);
        at += 1;
    }
    hash
}

/// The hash after a number.
const fn mixed(hash: u64, word: u64) -> u64 {
    continued(hash, &word.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(from: u32, code: u64) -> Upcaster {
        Upcaster { from, name: "step", code, run: Ok }
    }

    #[test]
    fn every_change_of_a_chain_has_another_hash() {
        let chains = [
            evolution(1, &[]),
            evolution(2, &[]),
            evolution(2, &[step(1, 7)]),
            evolution(2, &[step(1, 8)]),
            evolution(3, &[step(1, 7), step(2, 7)]),
            evolution(3, &[step(1, 7), step(2, 8)]),
        ];
        for (at, chain) in chains.iter().enumerate() {
            assert!(!chains[..at].contains(chain), "chain {at} is told from those before it");
        }
        // Two events that have evolved in the same way do not cancel each other out.
        let (plain, evolved) = (chains[0], chains[2]);
        assert_ne!(with_evolutions(1, &[plain, plain]), with_evolutions(1, &[evolved, evolved]));
        assert_ne!(with_evolutions(1, &[plain, evolved]), with_evolutions(1, &[evolved, plain]));
    }
}

//! Associations: how an event names the sagas that it concerns.

use std::marker::PhantomData;

use crate::payload::Key;

/// Marks a value that is always there.
pub enum Plain {}

/// Marks a value that may be missing.
pub enum Optional {}

/// A value by which an event finds sagas whose field is a `V`: a [`Key`] of the same type, so that `7` and `"7"` are never
/// mistaken for each other, or an `Option` of it (an event without it concerns no saga).
#[diagnostic::on_unimplemented(
    message = "an event's `{Self}` finds no saga by its `{V}`",
    label = "the event has `{Self}` here, and the saga has `{V}`",
    note = "both have one type, which is `String`, `Uuid`, an integer or a type of your own that implements `Display` and `Eq`; that of the event may be an `Option` of it"
)]
pub trait AssociationValue<V, Presence> {
    /// The text of the value.
    fn text(field: FieldOf<V>, value: &Self) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<K: Key> AssociationValue<K, Plain> for K {
    fn text(_field: FieldOf<K>, value: &Self) -> Option<String> {
        Some(value.key())
    }
}

#[diagnostic::do_not_recommend]
impl<K: Key> AssociationValue<K, Optional> for Option<K> {
    fn text(_field: FieldOf<K>, value: &Self) -> Option<String> {
        value.as_ref().map(Key::key)
    }
}

/// The type of a field of a saga.
pub struct FieldOf<V>(PhantomData<fn() -> V>);

/// The type of a field of a saga, found by looking at it.
pub fn field_of<S, V>(_field: fn(&S) -> &V) -> FieldOf<V> {
    FieldOf(PhantomData)
}

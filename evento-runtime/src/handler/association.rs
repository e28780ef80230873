//! Associations: how an event names the sagas that it concerns.

use crate::payload::Key;

/// Marks a value that is always there.
pub enum Plain {}

/// Marks a value that may be missing.
pub enum Optional {}

/// A value by which an event finds sagas: a [`Key`], or an `Option` of one (an event without it concerns no saga).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of an association",
    label = "not a key type",
    note = "take `String`, `Uuid`, an integer, a type of your own that implements `Display` and `Eq`, or an `Option` of one"
)]
pub trait AssociationValue<Presence> {
    /// The type of the value itself.
    type Value;

    /// The text of the value.
    fn text(&self) -> Option<String>;

    /// The same, for a field of a saga that has the same type of value, so that `7` and `"7"` are never mistaken for each
    /// other. Only the type of `field` counts.
    fn text_for<S>(&self, field: fn(&S) -> &Self::Value) -> Option<String> {
        let _ = field;
        self.text()
    }
}

#[diagnostic::do_not_recommend]
impl<K: Key> AssociationValue<Plain> for K {
    type Value = K;

    fn text(&self) -> Option<String> {
        Some(self.key())
    }
}

#[diagnostic::do_not_recommend]
impl<K: Key> AssociationValue<Optional> for Option<K> {
    type Value = K;

    fn text(&self) -> Option<String> {
        self.as_ref().map(Key::key)
    }
}

//! Values that identify: aggregate ids, lock ids, view ids, indexed fields, associations.

use std::fmt::Display;

/// A value that identifies something and has one text for it: everything that is `Display` and `Eq`, such as `String`,
/// `Uuid`, the integers, and your own id types.
///
/// ```
/// use evento_runtime::payload::Key;
/// assert_eq!(7_u64.key(), "7");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot identify anything",
    label = "not a key type",
    note = "take `String`, `Uuid`, an integer or a type of your own that implements `Display` and `Eq`"
)]
pub trait Key {
    /// The text of the value. Two values that differ have texts that differ.
    fn key(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + Eq + ?Sized> Key for T {
    fn key(&self) -> String {
        self.to_string()
    }
}

//! Shapes: what the JSON of a type is like, as data, for those who compare it with what it was.
//!
//! The attributes of payloads and `#[derive(Shape)]` make functions that are called by whoever asks; nothing is computed before.
//! Without the feature `testing` of `evento` they make none.

mod flat;
mod known;
mod probe;
mod shapes;
mod text;
mod types;
mod wire;

pub use self::{
    probe::{NoShape, Probe},
    shapes::{FieldSaid, Fields, Shapes, Variants},
    text::NoType,
    types::{Definition, Field, Form, Members, Scalar, Tagging, Type, Variant},
    wire::Wire,
};

/// A type that knows what its JSON is like. Implemented by `#[derive(Shape)]` as serde's derives, with the attributes of the type,
/// write and read it; the attributes of payloads and states derive it.
///
/// Write it by hand for a type whose JSON is written by hand:
///
/// ```
/// use evento_runtime::payload::shape::{Scalar, Shape, Shapes, Type};
///
/// /// Is written as a text, such as `12.50 EUR`.
/// struct Money {
///     cents: i64,
/// }
///
/// impl Shape for Money {
///     fn shape(_shapes: &mut Shapes) -> Type {
///         Type::Scalar(Scalar::String)
///     }
/// }
///
/// assert_eq!(Shapes::form(Vec::<Money>::shape, None).root.to_string(), "[String]");
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing is known of the JSON of `{Self}`",
    label = "has no shape",
    note = "add `#[derive(Shape)]` to `{Self}`"
)]
pub trait Shape {
    /// What its JSON is like. Types that it refers to are asked through `shapes`.
    fn shape(shapes: &mut Shapes) -> Type;
}

//! The shape of a type that need not have one.

use std::marker::PhantomData;

use super::{Shape, Shapes, Type};

/// The shape of any type: its own, if it has one, and what is said in its place otherwise, for which [`NoShape`] must be in scope.
/// What is inherent comes first where it applies.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: Shape + ?Sized> Probe<T> {
    /// The shape of the type.
    pub fn shape(shapes: &mut Shapes, _name: &str) -> Type {
        T::shape(shapes)
    }

    /// The shape of the type, which needs no other.
    pub fn or(shapes: &mut Shapes, _otherwise: fn(&mut Shapes) -> Type) -> Type {
        T::shape(shapes)
    }
}

/// No shape.
pub trait NoShape {
    /// Only the name is known.
    #[must_use]
    fn shape(shapes: &mut Shapes, name: &str) -> Type {
        shapes.foreign(name)
    }

    /// What is known by how the type is written.
    fn or(shapes: &mut Shapes, otherwise: fn(&mut Shapes) -> Type) -> Type {
        otherwise(shapes)
    }
}

impl<T: ?Sized> NoShape for Probe<T> {}

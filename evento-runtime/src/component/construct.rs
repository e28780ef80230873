//! Construction: each component that has an instance is built once, at start, from what the builder was given.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

use futures_core::future::BoxFuture;
use thiserror::Error;

use crate::{
    error::Error,
    handler::{HandlerError, Instance},
};

/// One parameter of an `#[inject]` function.
#[derive(Clone, Copy)]
pub struct Dependency {
    /// The type of the value.
    pub type_id: fn() -> TypeId,
    /// The type as it is written.
    pub type_name: &'static str,
}

/// How a component is built.
pub struct Constructor {
    /// What has to be provided.
    pub dependencies: &'static [Dependency],
    /// Builds the instance.
    pub construct: for<'p> fn(&'p Provided) -> BoxFuture<'p, Result<Instance, Error>>,
}

/// Why components could not be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConstructError {
    /// No value of the type was provided.
    #[error("nothing of type `{type_name}` was provided: add `.provide(..)` to the builder")]
    Missing {
        /// The type.
        type_name: &'static str,
    },
}

/// The values that the builder was given, one of each type. The clones share them.
#[derive(Clone, Default)]
pub struct Provided {
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl Provided {
    /// Adds a value in place of one of the same type.
    pub fn insert<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// Whether there is a value of the type.
    #[must_use]
    pub fn contains(&self, type_id: TypeId) -> bool {
        self.values.contains_key(&type_id)
    }

    /// A clone of the value of the type.
    ///
    /// # Errors
    /// [`ConstructError::Missing`] when there is none.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Result<T, ConstructError> {
        self.values
            .get(&TypeId::of::<T>())
            .and_then(|value| value.downcast_ref::<T>())
            .cloned()
            .ok_or(ConstructError::Missing { type_name: std::any::type_name::<T>() })
    }
}

/// What an `#[inject]` function may take: every value that can be shared.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be injected",
    label = "must be `Clone + Send + Sync`",
    note = "derive `Clone` for `{T}`, or provide and take an `Arc<{T}>`"
)]
pub trait Provides<T> {
    /// A clone of what the builder was given.
    ///
    /// # Errors
    /// [`ConstructError::Missing`] when there is none.
    fn provide(&self) -> Result<T, ConstructError>;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Provides<T> for Provided {
    fn provide(&self) -> Result<T, ConstructError> {
        self.get()
    }
}

/// What an `#[inject]` function returns: the component, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a constructor returns `Self` or `Result<Self, _>`, not `{Self}`",
    label = "not the component"
)]
pub trait Constructed<C> {
    /// The instance, type-erased.
    ///
    /// # Errors
    /// The constructor's own.
    fn into_instance(self) -> Result<Instance, Error>;
}

impl<C: super::Component> Constructed<C> for C {
    fn into_instance(self) -> Result<Instance, Error> {
        Ok(Box::new(self))
    }
}

impl<C: super::Component, E: HandlerError> Constructed<C> for Result<C, E> {
    fn into_instance(self) -> Result<Instance, Error> {
        self.map(|component| Box::new(component) as Instance).map_err(HandlerError::into_error)
    }
}

/// A component that needs nothing: it is built by `Default`.
#[diagnostic::on_unimplemented(
    message = "nothing says how to build `{Self}`",
    label = "no constructor and no `Default`",
    note = "write `#[inject] fn new(..) -> Self` in the component, or put `#[derive(Default)]` on `{Self}`"
)]
pub trait DefaultComponent: Sized {
    /// Builds it.
    fn build() -> Self;
}

#[diagnostic::do_not_recommend]
impl<C: Default> DefaultComponent for C {
    fn build() -> Self {
        C::default()
    }
}

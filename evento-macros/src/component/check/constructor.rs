//! Rules of constructors.

use syn::{PathArguments, Type};

use crate::{
    component::model::{Component, injectable},
    errors::Errors,
};

pub(super) fn check(component: &Component, errors: &mut Errors) {
    one(component, errors);
    owned(component, errors);
}

/// A component is built in one way.
fn one(component: &Component, errors: &mut Errors) {
    if let Some((first, others)) = component.constructors.split_first() {
        for second in others.iter().filter(|second| second.cfgs.is_empty() && first.cfgs.is_empty()) {
            errors.at(
                &second.attribute,
                format!("a component has one constructor, and `{}` is it already", first.ident()),
            );
        }
    }
}

/// A component lives as long as the application, and so does what it is made of.
fn owned(component: &Component, errors: &mut Errors) {
    for constructor in &component.constructors {
        for param in &constructor.params {
            let lent = match &param.ty {
                Type::Reference(reference) => &*reference.elem,
                owned => owned,
            };
            if let Some(name) = injectable(lent).filter(|_| declares(lent)) {
                errors.at(
                    &param.ty,
                    format!("`{name}` belongs to a call and not to the component: take it as a parameter of the handler"),
                );
            } else if matches!(param.ty, Type::Reference(_)) {
                errors.at(
                    &param.ty,
                    "a constructor takes what `.provide(..)` was given, by value: share with `Arc` what must not be cloned",
                );
            }
        }
    }
}

/// Whether a type has parameters, as `Commands<..>` has. Another type of that name is the user's own.
fn declares(ty: &Type) -> bool {
    matches!(ty, Type::Path(path)
        if path.path.segments.last().is_some_and(|last| matches!(last.arguments, PathArguments::AngleBracketed(_))))
}

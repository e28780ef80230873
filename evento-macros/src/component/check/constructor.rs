//! Rules of constructors.

use syn::Type;

use crate::{component::model::Component, errors::Errors};

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
            if matches!(param.ty, Type::Reference(_)) {
                errors.at(
                    &param.ty,
                    "a constructor takes what `.provide(..)` was given, by value: share with `Arc` what must not be cloned",
                );
            }
        }
    }
}

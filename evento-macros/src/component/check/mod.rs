//! The rules of components, one function each. What belongs to more than one item is checked by types and by `bundle!`.

mod constructor;
mod life;
mod options;
mod params;
mod signature;
mod whole;

pub(crate) use self::params::owned;

use super::model::Component;
use crate::errors::Errors;

/// Checks everything.
pub(crate) fn check(component: &Component, errors: &mut Errors) {
    options::check(component, errors);
    for handler in component.handlers.iter().chain(&component.constructors) {
        signature::check(handler, errors);
    }
    for handler in &component.handlers {
        params::check(handler, errors);
        life::check(component, handler, errors);
    }
    constructor::check(component, errors);
    whole::check(component, errors);
}

//! The rules of payloads and states, one function each.

use syn::{Data, Fields, GenericParam};

use super::{
    borrowed,
    kind::{Kind, Role},
    model::Payload,
};
use crate::errors::Errors;

/// Checks everything. Returns whether the item has a shape for which code can be generated.
pub(crate) fn check(payload: &Payload, errors: &mut Errors) -> bool {
    let sound =
        is_concrete(payload, errors) & has_a_shape(payload, errors) & borrowed::check(payload, errors);
    if sound {
        identified(payload, errors);
        at_most_one_lock(payload, errors);
        found_by_something(payload, errors);
        present(payload, errors);
        plain_id(payload, errors);
    }
    has_response(payload, errors);
    version(payload, errors);
    other_aliases(payload, errors);
    stored_anyway(payload, errors);
    sound
}

/// A payload is stored and read back by its name alone, so nothing about it is open: it owns its data and has no
/// parameters.
fn is_concrete(payload: &Payload, errors: &mut Errors) -> bool {
    let kind = payload.kind.noun();
    for param in &payload.item.generics.params {
        match param {
            GenericParam::Lifetime(param) => errors.at(
                &param.lifetime,
                format!("{kind} owns its data: remove the lifetime, take `String` and not `&str`"),
            ),
            GenericParam::Type(param) => {
                errors.at(&param.ident, format!("{kind} is one concrete type: remove the type parameter"));
            }
            GenericParam::Const(param) => {
                errors.at(&param.ident, format!("{kind} is one concrete type: remove the const parameter"));
            }
        }
    }
    payload.item.generics.params.is_empty()
}

/// Fields have names, because stored JSON outlives the code: a named field can be added, a place in a tuple cannot. A kind
/// with a field that means something is a struct.
fn has_a_shape(payload: &Payload, errors: &mut Errors) -> bool {
    let (noun, name) = (payload.kind.noun(), &payload.item.ident);
    match &payload.item.data {
        Data::Union(data) => {
            errors.at(data.union_token, format!("{noun} is a struct: a union cannot be stored"));
            false
        }
        Data::Enum(data) if payload.kind.needs_fields() => {
            errors.at(data.enum_token, format!("{noun} is a struct with named fields, not an enum"));
            false
        }
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) => {
                errors.at(
                    fields,
                    format!("{noun} has named fields: write `struct {name} {{ field: Type, .. }}`"),
                );
                false
            }
            // A service command may well say everything by its name.
            Fields::Unit if payload.kind.needs_fields() && payload.kind != Kind::ServiceCommand => {
                errors.at(
                    name,
                    format!("{noun} has named fields: write `struct {name} {{ field: Type, .. }}`"),
                );
                false
            }
            Fields::Named(_) | Fields::Unit => true,
        },
        Data::Enum(_) => true,
    }
}

/// A domain command names its aggregate, and a view its row, by exactly one field.
fn identified(payload: &Payload, errors: &mut Errors) {
    let (role, what) = match payload.kind {
        Kind::DomainCommand => (Role::AggregateId, "identifies the aggregate"),
        Kind::View => (Role::Id, "identifies the row"),
        _ => return,
    };
    let attribute = role.attribute();
    let mut marked = payload.with(role);
    if marked.next().is_none() && !payload.incomplete {
        let name = &payload.item.ident;
        errors.at(name, format!("no field of `{name}` {what}: put `#[{attribute}]` on one"));
    }
    for second in marked {
        errors.at(
            &second.ident,
            format!("exactly one field {what}, and `#[{attribute}]` is on another one too"),
        );
    }
}

/// A service command is serialised by one value.
fn at_most_one_lock(payload: &Payload, errors: &mut Errors) {
    for second in payload.with(Role::LockId).skip(1) {
        errors.at(
            &second.ident,
            "one field serialises a service command, and `#[lock_id]` is on another one too",
        );
    }
}

/// Events find a saga by its associations, so there is one.
fn found_by_something(payload: &Payload, errors: &mut Errors) {
    let found = payload.with(Role::Association).next().is_some() || payload.incomplete;
    if payload.kind == Kind::SagaState && !found {
        let name = &payload.item.ident;
        errors.at(
            name,
            format!("no event can find `{name}`: put `#[association]` on the fields by which they do"),
        );
    }
}

/// A value that identifies is always there. Something without it could be neither stored nor found.
fn present(payload: &Payload, errors: &mut Errors) {
    for role in [Role::AggregateId, Role::Id, Role::LockId, Role::Association] {
        for field in payload.with(role) {
            if !field.may_identify() {
                errors.at(
                    &field.ty,
                    format!(
                        "`#[{}]` is on a field that always has a value, not on an `Option`",
                        role.attribute()
                    ),
                );
            }
        }
    }
}

/// The id of a row is its own index.
fn plain_id(payload: &Payload, errors: &mut Errors) {
    for field in payload.with(Role::Id) {
        if let Some((_, attribute)) = field.roles.iter().find(|(role, _)| *role == Role::Index) {
            errors.at(attribute, "a row is found by its id anyway: remove `#[index]` here");
        }
    }
}

/// The answer of a query is part of its type.
fn has_response(payload: &Payload, errors: &mut Errors) {
    if payload.kind == Kind::Query && payload.options.lacks("response") {
        let name = &payload.item.ident;
        errors.at(
            name,
            format!("`{name}` does not say what it is answered with: write `#[query(response = Type)]`"),
        );
    }
}

/// Versions begin with 1. That upcasters lead to a later one is checked by a constant, because they stand elsewhere.
fn version(payload: &Payload, errors: &mut Errors) {
    let Some(version) = payload.options.number("version") else { return };
    if !u32::try_from(version.value).is_ok_and(|version| version > 0) {
        errors.at(version, "the version of an event is an integer from 1 on");
    }
}

/// What is stored stays readable, whoever reads it.
fn stored_anyway(payload: &Payload, errors: &mut Errors) {
    let event = matches!(payload.kind, Kind::DomainEvent | Kind::ServiceEvent);
    if let Some(public) = payload.options.named("public").filter(|_| event) {
        errors.at(public, "an event needs no `public`: all that is stored stays readable");
    }
}

/// An alias is another name than the name, and is there once.
fn other_aliases(payload: &Payload, errors: &mut Errors) {
    let mut seen = vec![payload.name.value()];
    for alias in payload.options.texts("alias") {
        let value = alias.value();
        if seen.contains(&value) {
            errors.at(alias, format!("`{value}` is a name of this type already"));
        } else if value.trim().is_empty() {
            errors.at(alias, "a stored name is not empty");
        }
        seen.push(value);
    }
}

//! Fields of a struct that lies flat in another one are fields of that one.

use std::collections::BTreeMap;

use super::types::{Definition, Field, Members, Type};

/// Moves the fields of what is flattened to where they are in the JSON.
pub(super) fn resolve(definitions: &mut BTreeMap<String, Definition>) {
    let before = definitions.clone();
    for definition in definitions.values_mut() {
        let Definition::Struct(members) = definition else { continue };
        for ty in std::mem::take(&mut members.flattened) {
            spread(ty, false, &before, members, &mut Vec::new());
        }
        members.fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

/// Adds what is in a flattened type to the members around it. `absent`: it may be missing as a whole.
fn spread(
    ty: Type,
    absent: bool,
    known: &BTreeMap<String, Definition>,
    into: &mut Members,
    through: &mut Vec<String>,
) {
    match ty {
        Type::Option(inner) => spread(*inner, true, known, into, through),
        Type::Named(label) => match known.get(&label) {
            // A struct that is flattened into itself is a type that has no value.
            Some(Definition::Struct(members)) if !through.contains(&label) => {
                let may_be_absent = |field: &Field| Field {
                    optional: field.optional || absent,
                    omitted: field.omitted || absent,
                    ..field.clone()
                };
                into.fields.extend(members.fields.iter().map(may_be_absent));
                through.push(label);
                for inner in members.flattened.clone() {
                    spread(inner, absent, known, into, through);
                }
                through.pop();
            }
            _ => keep(Type::Named(label), absent, into),
        },
        other => keep(other, absent, into),
    }
}

fn keep(ty: Type, absent: bool, into: &mut Members) {
    into.flattened.push(if absent { Type::option(ty) } else { ty });
}

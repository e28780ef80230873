//! Whether JSON is as a shape says.

use serde_json::{Map, Value};

use crate::payload::shape::{Definition, Form, Members, Scalar, Tagging, Type, Variant};

/// Where JSON that was written is not as the shape says, as a sentence.
pub(super) fn mismatch(form: &Form, value: &Value) -> Option<String> {
    Conformity { form }.types("", &form.root, value).err()
}

struct Conformity<'f> {
    form: &'f Form,
}

type Found = Result<(), String>;

impl Conformity<'_> {
    fn types(&self, path: &str, ty: &Type, value: &Value) -> Found {
        match (ty, value) {
            (Type::Scalar(scalar), value) if is(*scalar, value) => Ok(()),
            (Type::Foreign(_), _) | (Type::Option(_), Value::Null) => Ok(()),
            (Type::Option(inner), value) => self.types(path, inner, value),
            (Type::List(element), Value::Array(all)) => {
                all.iter().try_for_each(|value| self.types(&format!("{path}[]"), element, value))
            }
            (Type::Array(element, length), Value::Array(all)) if all.len() == *length => {
                all.iter().try_for_each(|value| self.types(&format!("{path}[]"), element, value))
            }
            (Type::Tuple(members), Value::Array(all)) if all.len() == members.len() => {
                members.iter().zip(all).try_for_each(|(ty, value)| self.types(path, ty, value))
            }
            (Type::Map(_, inner), Value::Object(all)) => {
                all.values().try_for_each(|value| self.types(&format!("{path}{{}}"), inner, value))
            }
            (Type::Named(label), value) => match self.form.definitions.get(label) {
                Some(Definition::Struct(members)) => match value {
                    Value::Object(object) => self.object(path, members, object, None),
                    _ => Err(other(path, ty, value)),
                },
                Some(Definition::Enum(tagging, variants)) => {
                    self.variant(path, ty, (tagging, variants), value)
                }
                None => Ok(()),
            },
            _ => Err(other(path, ty, value)),
        }
    }

    fn object(&self, path: &str, members: &Members, object: &Map<String, Value>, tag: Option<&str>) -> Found {
        let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for field in &members.fields {
            match object.get(&field.name) {
                Some(value) => self.types(&inside(&field.name), &field.ty, value)?,
                None if field.omitted || field.unwritten => {}
                None => return Err(format!("`{}` is not written", inside(&field.name))),
            }
        }
        let is_known = |name: &str| {
            Some(name) == tag
                || !members.flattened.is_empty()
                || members.fields.iter().any(|field| field.name == name)
        };
        match object.keys().find(|name| !is_known(name)) {
            Some(name) => Err(format!("`{}` is written, and is no field of the shape", inside(name))),
            None => Ok(()),
        }
    }

    fn variant(
        &self,
        path: &str,
        ty: &Type,
        (tagging, variants): (&Tagging, &[Variant]),
        value: &Value,
    ) -> Found {
        let named = |name: &Value| variants.iter().find(|variant| Some(&*variant.name) == name.as_str());
        let wrong = || other(path, ty, value);
        let content = |variant: &Variant, value: Option<&Value>| match (&variant.content, value) {
            (Some(ty), Some(value)) => self.types(&format!("{path}.{}", variant.name), ty, value),
            (None, None) => Ok(()),
            _ => Err(other(path, ty, value.unwrap_or(&Value::Null))),
        };
        match (tagging, value) {
            (Tagging::External, Value::String(_)) => content(named(value).ok_or_else(wrong)?, None),
            (Tagging::External, Value::Object(object)) => {
                let (name, value) = object.iter().next().ok_or_else(wrong)?;
                content(named(&Value::from(name.as_str())).ok_or_else(wrong)?, Some(value))
            }
            (Tagging::Internal { tag }, Value::Object(object)) => {
                let variant = object.get(tag).and_then(named).ok_or_else(wrong)?;
                match variant.content.as_ref().map(|ty| self.members(ty)) {
                    Some(Some(members)) => self.object(path, members, object, Some(tag)),
                    _ => Ok(()),
                }
            }
            (Tagging::Adjacent { tag, content: field }, Value::Object(object)) => {
                content(object.get(tag).and_then(named).ok_or_else(wrong)?, object.get(field))
            }
            (Tagging::Untagged, value) => {
                let fits = |variant: &Variant| match &variant.content {
                    Some(ty) => self.types(path, ty, value).is_ok(),
                    None => value.is_null(),
                };
                if variants.iter().any(fits) { Ok(()) } else { Err(wrong()) }
            }
            _ => Err(wrong()),
        }
    }

    /// The fields of a type, if it is a struct.
    fn members(&self, ty: &Type) -> Option<&Members> {
        let Type::Named(label) = ty else { return None };
        match self.form.definitions.get(label) {
            Some(Definition::Struct(members)) => Some(members),
            _ => None,
        }
    }
}

fn is(scalar: Scalar, value: &Value) -> bool {
    match scalar {
        Scalar::Any => true,
        Scalar::Null => value.is_null(),
        Scalar::Bool => value.is_boolean(),
        Scalar::String => value.is_string(),
        Scalar::Char => value.as_str().is_some_and(|text| text.chars().count() == 1),
        Scalar::Uuid => value.as_str().is_some_and(|text| uuid::Uuid::parse_str(text).is_ok()),
        Scalar::Unsigned(_) | Scalar::Signed(_) => value.is_i64() || value.is_u64(),
        // What is no number is written as `null`.
        Scalar::Float(_) => value.is_number() || value.is_null(),
    }
}

fn other(path: &str, ty: &Type, value: &Value) -> String {
    let place = if path.is_empty() { "it".to_owned() } else { format!("`{path}`") };
    format!("{place} is written as `{value}`, and its shape says `{ty}`")
}

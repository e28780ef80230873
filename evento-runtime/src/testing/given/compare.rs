//! Whether what was found is what was expected, and what to say when it is not.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::list::OneOf;
use crate::{
    registry::near,
    testing::diff::{diff, diff_of_texts},
};

/// Compares payloads in order, each by its stored name and its JSON. `what` says what is compared: `events`, for instance.
pub(super) fn compare(what: &str, expected: &[OneOf], found: Vec<(String, Value)>) -> Result<(), String> {
    let expected: Vec<Value> = expected.iter().map(OneOf::value).collect();
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let found: Vec<Value> = found.into_iter().map(under_name).collect();
    if expected == found {
        return Ok(());
    }
    let hints = hints(&expected, &found, &names);
    let differences = diff(&Value::Array(expected), &Value::Array(found));
    Err(format!("other {what} than expected (-), namely (+):\n{differences}{hints}"))
}

fn under_name((name, payload): (String, Value)) -> Value {
    Value::Object([(name, payload)].into_iter().collect())
}

/// What is easily overlooked in a long difference.
fn hints(expected: &[Value], found: &[Value], names: &[String]) -> String {
    if found.is_empty() {
        return "there is none at all\n".to_owned();
    }
    let mut left: Vec<&Value> = found.iter().collect();
    for value in expected {
        if let Some(at) = left.iter().position(|other| *other == value) {
            left.remove(at);
        }
    }
    if left.is_empty() && expected.len() == found.len() {
        return "they are the same, in another order\n".to_owned();
    }
    let mut hints = String::new();
    for name in expected.iter().filter_map(name_of) {
        if names.iter().any(|found| found == name) {
            continue;
        }
        if let Some(similar) = near(name, names.iter().map(String::as_str)) {
            hints.push_str(&format!("there is no `{name}`; there is a `{similar}`\n"));
        }
    }
    hints
}

fn name_of(value: &Value) -> Option<&str> {
    value.as_object()?.keys().next().map(String::as_str)
}

/// Compares values by their JSON. `what` says what is compared.
pub(super) fn compare_value<T: Serialize>(what: &str, expected: &T, found: &T) -> Result<(), String> {
    let json = |which: &str, value: &T| {
        serde_json::to_value(value).map_err(|error| format!("the {which} {what} has no JSON: {error}"))
    };
    compare_json(what, &json("expected", expected)?, &json("found", found)?)
}

/// The same for JSON.
pub(super) fn compare_json(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("another {what} than expected (-), namely (+):\n{}", diff(expected, found)))
}

/// Compares rejections by value. They need no JSON, so it is told how they are shown.
pub(super) fn compare_rejections<E: fmt::Debug + PartialEq>(expected: &E, found: &E) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let differences = diff_of_texts(&format!("{expected:#?}\n"), &format!("{found:#?}\n"));
    Err(format!("another rejection than expected (-), namely (+):\n{differences}"))
}

/// What to say of a name that is not among those that are known.
pub(super) fn not_among<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(similar) = near(name, known.clone()) {
        return format!("; did you mean `{similar}`?");
    }
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    if known.is_empty() { String::new() } else { format!("; it handles {}", known.join(", ")) }
}

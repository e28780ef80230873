//! What tests name: one payload or several of one kind, as JSON.

use serde_json::{Value, value::RawValue};

use crate::{
    payload::{Command, Event, Payload, PayloadMeta, Query, View, decode},
    testing::diff::diff,
};

/// The kinds of payloads of which there are lists.
pub mod kind {
    /// Commands, of aggregates and of services.
    pub enum Commands {}
    /// Events, of aggregates and of services.
    pub enum Events {}
    /// Queries.
    pub enum Queries {}
    /// Rows of views.
    pub enum Views {}
}

/// One payload of a list.
#[derive(Clone)]
pub struct OneOf {
    pub(super) meta: &'static PayloadMeta,
    /// The version of its shape.
    pub(super) version: u32,
    pub(super) json: Box<RawValue>,
    /// Of a row: its id, and its indexed fields with their values.
    pub(super) row: Option<(String, Vec<(&'static str, String)>)>,
}

impl OneOf {
    /// A payload as it is sent or stored. Fails when it does not come back as what it was.
    pub(super) fn of<P: Payload>(payload: &P) -> Result<Self, String> {
        let (meta, version) = (const { &P::META }, P::META.version);
        let json = serde_json::value::to_raw_value(payload)
            .map_err(|error| format!("`{}` has no JSON: {error}", meta.name))?;
        survives::<P>(meta, &json)?;
        Ok(Self { meta, version, json, row: None })
    }

    /// A payload that went through its JSON already.
    pub(super) fn raw(meta: &'static PayloadMeta, version: u32, json: Box<RawValue>) -> Self {
        Self { meta, version, json, row: None }
    }

    /// Its stored name with its JSON.
    pub(super) fn value(&self) -> Value {
        named(self.meta.name, &self.json)
    }
}

/// Whether what was made of a payload is read again, and is the same when it is written again.
fn survives<P: Payload>(meta: &PayloadMeta, json: &RawValue) -> Result<(), String> {
    let name = meta.name;
    let again: P = decode(name, meta.version, json).map_err(|error| {
        format!("`{name}` does not survive its JSON: {error}; it was written as\n{:#}", parsed(json))
    })?;
    let written = serde_json::value::to_raw_value(&again)
        .map_err(|error| format!("`{name}` does not survive its JSON: read again, it has none: {error}"))?;
    let (before, after) = (parsed(json), parsed(&written));
    if before == after {
        return Ok(());
    }
    let differences = diff(&before, &after);
    Err(format!("`{name}` does not survive its JSON: read and written again, it is another\n{differences}"))
}

/// JSON as a value. What serde has written, it reads.
pub(super) fn parsed(json: &RawValue) -> Value {
    serde_json::from_str(json.get()).unwrap_or_else(|_| Value::String(json.get().to_owned()))
}

/// A payload as failures show it.
pub(super) fn named(name: &str, json: &RawValue) -> Value {
    Value::Object([(name.to_owned(), parsed(json))].into_iter().collect())
}

/// Payloads of one [kind], in order: a single one; a tuple, `Vec`, array or `Option` of such lists; or `()` for none.
///
/// ```text
/// .given(Opened { balance: 100 })
/// .given((Opened { balance: 100 }, vec![withdrawn(10), withdrawn(20)]))
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what is expected here: {K}",
    label = "neither one of them nor a list of them",
    note = "`kind::Events` are `#[domain_event]`s and `#[service_event]`s, `kind::Commands` are `#[domain_command]`s and `#[service_command]`s; several stand in a tuple, a `Vec` or an array"
)]
pub trait ListOf<K> {
    /// Adds the payloads in order, or says which of them cannot be one.
    #[doc(hidden)]
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String>;
}

/// The payloads of a list.
pub(super) fn listed<K>(list: impl ListOf<K>) -> Result<Vec<OneOf>, String> {
    let mut payloads = Vec::new();
    list.add_to(&mut payloads)?;
    Ok(payloads)
}

macro_rules! payloads {
    ($($of:ident $kind:ident;)*) => {$(
        impl<P: $of> ListOf<kind::$kind> for P {
            fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
                list.push(OneOf::of(&self)?);
                Ok(())
            }
        }
    )*};
}

payloads! {
    Command Commands;
    Event Events;
    Query Queries;
}

impl<V: View> ListOf<kind::Views> for V {
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
        let row = Some((self.view_id(), self.indexes()));
        list.push(OneOf { row, ..OneOf::of(&self)? });
        Ok(())
    }
}

/// An event as it was stored once: in an earlier version of its shape, for instance, from which its upcasters bring it to the
/// present one. It stands wherever an event is given.
///
/// ```text
/// .given(stored::<Opened>(1, json!({ "amount": 100 })))
/// ```
#[must_use]
pub fn stored<E: Event>(version: u32, json: Value) -> StoredEventOf {
    StoredEventOf { meta: const { &E::META }, version, json }
}

/// An event as it was [stored] once.
#[derive(Clone, Debug)]
pub struct StoredEventOf {
    meta: &'static PayloadMeta,
    version: u32,
    json: Value,
}

impl ListOf<kind::Events> for StoredEventOf {
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
        let Self { meta, version, json } = self;
        let json = serde_json::value::to_raw_value(&json)
            .map_err(|error| format!("`{}` has no JSON: {error}", meta.name))?;
        list.push(OneOf { meta, version, json, row: None });
        Ok(())
    }
}

impl<K> ListOf<K> for () {
    fn add_to(self, _list: &mut Vec<OneOf>) -> Result<(), String> {
        Ok(())
    }
}

impl<K, L: ListOf<K>> ListOf<K> for Vec<L> {
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
        self.into_iter().try_for_each(|part| part.add_to(list))
    }
}

impl<K, L: ListOf<K>, const N: usize> ListOf<K> for [L; N] {
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
        self.into_iter().try_for_each(|part| part.add_to(list))
    }
}

impl<K, L: ListOf<K>> ListOf<K> for Option<L> {
    fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
        self.map_or(Ok(()), |part| part.add_to(list))
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))*) => {$(
        impl<K, $($part: ListOf<K>),+> ListOf<K> for ($($part,)+) {
            #[allow(non_snake_case, reason = "a variable is named after its type parameter")]
            fn add_to(self, list: &mut Vec<OneOf>) -> Result<(), String> {
                let ($($part,)+) = self;
                $($part.add_to(list)?;)+
                Ok(())
            }
        }
    )*};
}

tuples! {
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
    (A B C D E F G)
    (A B C D E F G H)
}

//! What can be done with the JSON of a type that is known by its description only.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use super::{Form, Shapes, Type};
use crate::payload::{DecodeError, Payload, decode};

/// What is known of the JSON of a payload or a state: functions for those who ask.
///
/// It says nothing of which type it belongs to, so all are equal.
#[derive(Clone, Copy)]
pub struct Wire(Option<Known>);

#[derive(Clone, Copy)]
struct Known {
    shape: fn(&mut Shapes) -> Type,
    response: Option<fn(&mut Shapes) -> Type>,
    decode: fn(&str, u32, &RawValue) -> Result<(), DecodeError>,
    again: fn(&RawValue) -> Result<Value, serde_json::Error>,
}

impl Wire {
    /// Nothing is known: the program was compiled without the feature `testing` of `evento`, or nobody said it.
    pub const UNKNOWN: Self = Self(None);

    /// That of a payload.
    #[must_use]
    pub const fn of<P: Payload>(shape: fn(&mut Shapes) -> Type) -> Self {
        Self(Some(Known {
            shape,
            response: None,
            decode: |name, version, json| decode::<P>(name, version, json).map(drop),
            again: again::<P>,
        }))
    }

    /// That of a query with its answer.
    #[must_use]
    pub const fn answered<P: Payload>(
        shape: fn(&mut Shapes) -> Type,
        response: fn(&mut Shapes) -> Type,
    ) -> Self {
        Self(Some(Known {
            shape,
            response: Some(response),
            decode: |name, version, json| decode::<P>(name, version, json).map(drop),
            again: again::<P>,
        }))
    }

    /// That of a state, whose versions have one shape.
    #[must_use]
    pub const fn of_state<S: Serialize + DeserializeOwned>(shape: fn(&mut Shapes) -> Type) -> Self {
        Self(Some(Known {
            shape,
            response: None,
            decode: |name, _version, json| match serde_json::from_str::<S>(json.get()) {
                Ok(_) => Ok(()),
                Err(source) => Err(DecodeError::Json {
                    payload: name.to_owned(),
                    type_name: std::any::type_name::<S>(),
                    source,
                }),
            },
            again: again::<S>,
        }))
    }

    /// The shape in which it is written and read now.
    #[must_use]
    pub fn form(&self) -> Option<Form> {
        self.0.map(|known| Shapes::form(known.shape, known.response))
    }

    /// Whether JSON that was stored under a name and version can be read now. `None` when nothing is known.
    ///
    /// # Errors
    /// In the inner result, [`DecodeError`], as from [`decode`](crate::payload::decode()).
    #[must_use]
    pub fn decode(&self, name: &str, version: u32, json: &RawValue) -> Option<Result<(), DecodeError>> {
        self.0.map(|known| (known.decode)(name, version, json))
    }

    /// Reads JSON of the present version and writes it again. `None` when nothing is known.
    ///
    /// # Errors
    /// In the inner result, what serde says.
    #[must_use]
    pub fn again(&self, json: &RawValue) -> Option<Result<Value, serde_json::Error>> {
        self.0.map(|known| (known.again)(json))
    }
}

fn again<T: Serialize + DeserializeOwned>(json: &RawValue) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<T>(json.get())?)
}

impl PartialEq for Wire {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Wire {}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Wire" } else { "Wire::UNKNOWN" })
    }
}

//! From JSON to payloads: the one place where what was stored or sent becomes a value again.

use std::any::type_name;

use serde_json::{Value, value::RawValue};
use thiserror::Error;

use super::{Payload, Upcaster};
use crate::{error::Error as AnyError, panic::caught};

/// Why a payload cannot be read. None of these goes away by itself: the payload stays as it is, and is read when the code can
/// read it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The JSON is not what the type expects.
    #[error("`{payload}` cannot be decoded as `{type_name}`: {source}")]
    Json {
        /// The stored name of the payload.
        payload: String,
        /// The type that was expected.
        type_name: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The event was brought to the present version, and the JSON that came of it is not what the type expects.
    #[error(
        "`{payload}` of version {version} cannot be decoded as `{type_name}` after {}: {source}",
        listed(.upcasters)
    )]
    Upcast {
        /// The stored name of the payload.
        payload: String,
        /// The version in which it was stored.
        version: u32,
        /// The upcasters that it went through, in order.
        upcasters: Vec<&'static str>,
        /// The type that was expected.
        type_name: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// An upcaster said no.
    #[error(
        "`{payload}` of version {version} cannot be brought to version {known}: upcaster `{upcaster}` from version {from} failed: {source:#}"
    )]
    UpcasterFailed {
        /// The stored name of the payload.
        payload: String,
        /// The version in which it was stored.
        version: u32,
        /// The version that the code knows.
        known: u32,
        /// The function.
        upcaster: &'static str,
        /// The version that it starts from.
        from: u32,
        /// What it says.
        #[source]
        source: AnyError,
    },
    /// An upcaster panicked.
    #[error(
        "`{payload}` of version {version} cannot be brought to version {known}: upcaster `{upcaster}` from version {from} panicked: {message}"
    )]
    UpcasterPanicked {
        /// The stored name of the payload.
        payload: String,
        /// The version in which it was stored.
        version: u32,
        /// The version that the code knows.
        known: u32,
        /// The function.
        upcaster: &'static str,
        /// The version that it starts from.
        from: u32,
        /// The text of the panic.
        message: String,
    },
    /// No upcaster starts from the version, as from 0, which no event ever has.
    #[error(
        "`{payload}` of version {version} cannot be brought to version {known}: no upcaster starts from version {from}"
    )]
    NoUpcaster {
        /// The stored name of the payload.
        payload: String,
        /// The version in which it was stored.
        version: u32,
        /// The version that the code knows.
        known: u32,
        /// The version from which there is none.
        from: u32,
    },
    /// The event was written by newer code, and this program cannot know what it means.
    #[error("`{payload}` has version {version}, this program knows {known}: use a newer build")]
    Newer {
        /// The stored name of the payload.
        payload: String,
        /// The version in which it was stored.
        version: u32,
        /// The version that the code knows.
        known: u32,
    },
}

impl DecodeError {
    /// Whether a newer program can read it.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        matches!(self, Self::Newer { .. })
    }
}

/// "`a` and `b`".
fn listed(upcasters: &[&str]) -> String {
    let quoted: Vec<_> = upcasters.iter().map(|upcaster| format!("`{upcaster}`")).collect();
    quoted.join(" and ")
}

/// Decodes a payload by its stored name, the version of the shape in which it was stored, and its JSON. That of an earlier
/// version goes through the upcasters of its type first; for one of the present version, they cost nothing.
///
/// ```
/// # // What `#[domain_event]` does, which is not known in this crate.
/// # use evento_runtime::payload::{DecodeError, Payload, PayloadKey, PayloadKind, PayloadMeta, SourceLocation, decode, shape::Wire};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Serialize, Deserialize)]
/// struct Paid {
///     amount: u64,
/// }
/// # impl Payload for Paid {
/// #     const META: PayloadMeta = PayloadMeta {
/// #         name: "Paid", aliases: &[], kind: PayloadKind::DomainEvent, version: 1, fields: &[], response: None, public: false,
/// #         source: SourceLocation { file: "", line: 1 },
/// #         key: PayloadKey::of("Paid", PayloadKind::DomainEvent, SourceLocation { file: "", line: 1 }),
/// #         wire: Wire::UNKNOWN,
/// #     };
/// # }
///
/// let stored = serde_json::value::RawValue::from_string(r#"{"amount":3}"#.to_owned())?;
/// assert_eq!(decode::<Paid>("Paid", 1, &stored)?.amount, 3);
/// assert!(decode::<Paid>("Paid", 2, &stored).is_err_and(|error| error.is_newer()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DecodeError`], which says what is in the way.
pub fn decode<P: Payload>(name: &str, version: u32, json: &RawValue) -> Result<P, DecodeError> {
    let stored = Stored { name, version, known: const { P::META.version }, type_name: type_name::<P>() };
    if version == stored.known {
        return serde_json::from_str(json.get()).map_err(|source| stored.not_json(source));
    }
    let present = stored.upcast(json, P::UPCASTERS)?;
    // What reads values is compiled only for a type that has upcasters: others are never brought to the present shape.
    if const { P::UPCASTERS.is_empty() } {
        return Err(stored.no_upcaster(version));
    }
    serde_json::from_value(present).map_err(|source| stored.not_upcast(source, P::UPCASTERS))
}

/// A payload as it was stored or sent, and what it should become. What does not depend on the type is here, so that it is compiled
/// once.
struct Stored<'a> {
    name: &'a str,
    version: u32,
    /// The present version.
    known: u32,
    type_name: &'static str,
}

impl Stored<'_> {
    /// Its JSON in the present shape.
    fn upcast(&self, json: &RawValue, steps: &[Upcaster]) -> Result<Value, DecodeError> {
        let Self { version, known, .. } = *self;
        if version > known {
            return Err(DecodeError::Newer { payload: self.payload(), version, known });
        }
        let mut value = serde_json::from_str(json.get()).map_err(|source| DecodeError::Json {
            payload: self.payload(),
            type_name: type_name::<Value>(),
            source,
        })?;
        for from in version..known {
            let Some(step) = step(steps, from) else { return Err(self.no_upcaster(from)) };
            value = self.one(step, value)?;
        }
        Ok(value)
    }

    fn one(&self, step: &Upcaster, value: Value) -> Result<Value, DecodeError> {
        let (payload, upcaster) = (|| self.payload(), step.name);
        let Self { version, known, .. } = *self;
        match caught(|| (step.run)(value)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(source)) => Err(DecodeError::UpcasterFailed {
                payload: payload(),
                version,
                known,
                upcaster,
                from: step.from,
                source,
            }),
            Err(message) => Err(DecodeError::UpcasterPanicked {
                payload: payload(),
                version,
                known,
                upcaster,
                from: step.from,
                message,
            }),
        }
    }

    fn not_json(&self, source: serde_json::Error) -> DecodeError {
        DecodeError::Json { payload: self.payload(), type_name: self.type_name, source }
    }

    fn not_upcast(&self, source: serde_json::Error, steps: &[Upcaster]) -> DecodeError {
        let Self { version, known, type_name, .. } = *self;
        let upcasters = (version..known).filter_map(|from| step(steps, from)).map(|step| step.name).collect();
        DecodeError::Upcast { payload: self.payload(), version, upcasters, type_name, source }
    }

    fn no_upcaster(&self, from: u32) -> DecodeError {
        let Self { version, known, .. } = *self;
        DecodeError::NoUpcaster { payload: self.payload(), version, known, from }
    }

    fn payload(&self) -> String {
        self.name.to_owned()
    }
}

fn step(steps: &[Upcaster], from: u32) -> Option<&Upcaster> {
    steps.iter().find(|step| step.from == from)
}

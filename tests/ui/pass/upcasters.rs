//! Events whose versions were raised, with every legal form of an upcaster.
#![allow(unexpected_cfgs)]

use std::{fmt, num::ParseIntError};

use evento::{
    payload::{Payload, decode},
    prelude::*,
    serde_json::{Value, json, value::to_raw_value},
};

/// Steps in any order, beside other methods and in two ways to return.
#[domain_event(version = 4, name = "paid")]
pub struct Paid {
    pub cents: u64,
    pub currency: String,
    pub tags: Vec<String>,
}

#[upcasters]
impl Paid {
    pub const LIMIT: u64 = 1_000;

    pub fn is_large(&self) -> bool {
        self.cents > Self::LIMIT
    }

    /// The amount was a text.
    #[upcast(from = 2)]
    fn number(mut stored: Value) -> Result<Value, ParseIntError> {
        let cents: u64 = stored["cents"].as_str().unwrap_or_default().parse()?;
        stored["cents"] = json!(cents);
        Ok(stored)
    }

    #[upcast(from = 1)]
    pub(crate) fn cents(stored: Value) -> Value {
        json!({ "cents": stored["amount"], "currency": stored["currency"] })
    }

    #[cfg(never)]
    #[upcast(from = 3)]
    fn never(stored: NoSuchType) -> Value {}

    #[cfg(not(never))]
    #[inline]
    #[upcast(from = 3)]
    fn tagged(stored: Value) -> Result<Value> {
        #[derive(evento::serde::Deserialize)]
        #[serde(crate = "evento::serde")]
        struct Third {
            cents: u64,
            currency: String,
        }
        let Third { cents, currency } = evento::serde_json::from_value(stored)?;
        Ok(evento::serde_json::to_value(Paid { cents, currency, tags: Vec::new() })?)
    }
}

/// An enum, with upcasters in another module.
#[service_event(version = 2)]
enum Answered {
    Yes,
    No { because: String },
}

mod elsewhere {
    use evento::prelude::*;

    type Json = evento::serde_json::Value;

    #[upcasters(crate = evento)]
    impl super::Answered {
        #[upcast(from = 1)]
        fn reason(stored: Json) -> anyhow::Result<Json> {
            if stored == "No" {
                return Ok(evento::serde_json::json!({ "No": { "because": "of an older version" } }));
            }
            anyhow::ensure!(stored == "Yes", "{stored} is no answer");
            Ok(stored)
        }
    }
}

#[cfg(never)]
#[domain_event(version = 2)]
struct Gone {
    id: NoSuchType,
}

#[cfg(never)]
#[upcasters]
impl Gone {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

macro_rules! renamed {
    ($event:ident, $version:literal, $from:literal, $field:ident: $type:ty) => {
        #[domain_event(version = $version)]
        pub struct $event {
            pub $field: $type,
        }

        #[upcasters]
        impl $event {
            #[upcast(from = $from)]
            fn renamed(stored: Value) -> Value {
                json!({ stringify!($field): stored["name"] })
            }
        }
    };
}

renamed!(Called, 2, 1, title: String);

/// Nothing has changed yet.
#[domain_event(version = 1)]
struct Plain {
    id: String,
}

#[upcasters]
impl Plain {}

#[aggregate_state]
pub struct Account {
    cents: u64,
}

#[domain_command]
pub struct Pay {
    #[aggregate_id]
    pub account: String,
}

#[aggregate]
impl Account {
    #[aggregate_command_handler]
    fn pay(_command: Pay) -> Paid {
        Paid { cents: 1, currency: "EUR".into(), tags: Vec::new() }
    }

    #[event_sourcing_handler]
    fn paid(event: &Paid) -> Self {
        Self { cents: event.cents }
    }

    #[cfg(never)]
    #[event_sourcing_handler]
    fn gone(&mut self, event: &Gone) {}
}

bundle! { Accounts { id: "accounts", version: 1, components: [Account] } }

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::No { because } => write!(f, "no, because {because}"),
        }
    }
}

pub fn main() {
    check().expect("all events are read");
}

fn check() -> Result<()> {
    #[domain_event(version = 2)]
    struct Local {
        at: u64,
    }

    #[upcasters]
    impl Local {
        #[upcast(from = 1)]
        fn moved(stored: Value) -> Value {
            json!({ "at": stored["when"] })
        }
    }

    let paid: Paid = decode("paid", 1, &to_raw_value(&json!({ "amount": "1200", "currency": "EUR" }))?)?;
    assert!(paid.is_large() && paid.tags.is_empty() && paid.currency == "EUR");
    let answered: Answered = decode("Answered", 1, &to_raw_value("No")?)?;
    assert_eq!(answered.to_string(), "no, because of an older version");
    assert_eq!(decode::<Answered>("Answered", 1, &to_raw_value("Yes")?)?.to_string(), "yes");
    assert!(decode::<Answered>("Answered", 1, &to_raw_value("Perhaps")?).is_err());
    assert_eq!(decode::<Called>("Called", 1, &to_raw_value(&json!({ "name": "a" }))?)?.title, "a");
    assert_eq!(decode::<Local>("Local", 1, &to_raw_value(&json!({ "when": 7 }))?)?.at, 7);
    let _ = Plain { id: "a".into() }.id;
    assert_eq!((Paid::META.version, Plain::META.version), (4, 1));
    assert_eq!(Accounts::describe().components.len(), 1);
    Ok(())
}

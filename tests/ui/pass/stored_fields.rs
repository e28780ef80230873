//! Fields of every kind that serde can store, also such as it needs to be told about, and types that hold themselves.
#![allow(dead_code)]

use evento::prelude::*;

use std::{collections::BTreeMap, rc::Rc, time::Instant};

#[domain_event]
struct Planted {
    name: String,
    sub: Vec<Planted>,
    by_name: BTreeMap<String, Box<Self>>,
    #[serde(skip)]
    since: Option<Instant>,
    #[serde(with = "text")]
    odd: Odd,
    #[serde(default, rename = "n", alias = "number")]
    number: Option<u64>,
    pair: (u8, [u16; 3]),
    shared: std::sync::Arc<str>,
    cow: std::borrow::Cow<'static, str>,
}

#[derive(Clone, Debug)]
struct Odd(u8);

mod text {
    use evento::serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(odd: &super::Odd, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(odd.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<super::Odd, D::Error> {
        u8::deserialize(deserializer).map(super::Odd)
    }
}

#[domain_event]
#[serde(tag = "kind")]
enum Grown {
    Up { by: u8 },
    #[serde(skip)]
    Nowhere(Instant),
}

#[service_event]
#[serde(from = "u8", into = "u8")]
struct Small {
    value: Odd,
}

impl From<u8> for Small {
    fn from(value: u8) -> Self {
        Self { value: Odd(value) }
    }
}

impl From<Small> for u8 {
    fn from(small: Small) -> Self {
        small.value.0
    }
}

#[aggregate_state]
struct Garden {
    plants: Vec<Planted>,
}

pub fn main() {
    let _: Rc<u8> = Rc::new(1);
    let planted = Planted {
        name: "a".into(),
        sub: vec![],
        by_name: BTreeMap::new(),
        since: None,
        odd: Odd(3),
        number: None,
        pair: (1, [2, 3, 4]),
        shared: "x".into(),
        cow: "y".into(),
    };
    let json = evento::serde_json::to_string(&planted).expect("it has JSON");
    let read: Planted = evento::serde_json::from_str(&json).expect("it can be read back");
    assert_eq!((read.odd.0, &*read.shared), (3, "x"));
}

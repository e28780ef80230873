#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 3)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

#[upcasters]
impl Opened {
    #[upcast(from = 2)]
    fn second(stored: Value) -> Value {
        stored
    }
}

fn main() {}

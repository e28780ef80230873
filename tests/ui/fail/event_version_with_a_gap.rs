#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 5)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast(from = 3)]
    fn third(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

fn main() {}

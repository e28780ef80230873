#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 2)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 2)]
    fn second(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 5)]
    fn fifth(stored: Value) -> Value {
        stored
    }
}

#[domain_event(version = 2)]
struct Closed {
    id: String,
}

#[upcasters]
impl Closed {
    #[upcast(from = 0)]
    fn before_all(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 3 mistakes

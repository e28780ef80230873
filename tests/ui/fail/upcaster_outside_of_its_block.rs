#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 2)]
struct Opened {
    id: String,
}

impl Opened {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 2 errors: an attribute on a method does not see the event

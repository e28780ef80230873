#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 5)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast]
    fn first(stored: Value) -> Value {
        stored
    }

    #[upcast(from = "2")]
    fn second(stored: Value) -> Value {
        stored
    }

    #[upcast(form = 3)]
    fn third(stored: Value) -> Value {
        stored
    }

    #[upcats(from = 4)]
    fn fourth(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 4 mistakes

#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event]
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

fn main() {}

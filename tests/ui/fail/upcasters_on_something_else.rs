#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[upcasters]
#[domain_event]
struct Opened {
    id: String,
}

trait Changes {
    fn first(stored: Value) -> Value;
}

#[upcasters]
impl Changes for Opened {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

struct Held<T>(T);

#[upcasters]
impl<T> Held<T> {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 3 mistakes

#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

struct Plain {
    id: String,
}

#[upcasters]
impl Plain {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

#[service_command]
struct Ring {
    id: String,
}

#[upcasters]
impl Ring {
    #[upcast(from = 1)]
    fn first(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 2 mistakes

#![allow(unused, unexpected_cfgs)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 2)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast(from = 1)]
    fn with_number(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 1)]
    fn with_name(stored: Value) -> Value {
        stored
    }
}

#[service_event(version = 2)]
struct Rang {
    id: String,
}

#[upcasters]
impl Rang {
    #[upcast(from = 1)]
    fn with_number(stored: Value) -> Value {
        stored
    }

    #[cfg(not(never))]
    #[upcast(from = 1)]
    fn with_name(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 2 mistakes

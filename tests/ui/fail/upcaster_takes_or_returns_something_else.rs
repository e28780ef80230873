#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 6)]
struct Opened {
    id: String,
}

struct Oops;

#[upcasters]
impl Opened {
    #[upcast(from = 1)]
    fn borrows(stored: &mut Value) -> Value {
        stored.take()
    }

    #[upcast(from = 2)]
    fn takes_a_text(stored: String) -> Value {
        stored.into()
    }

    #[upcast(from = 3)]
    fn returns_nothing(stored: Value) {}

    #[upcast(from = 4)]
    fn returns_an_event(stored: Value) -> Opened {
        Opened { id: "a".into() }
    }

    #[upcast(from = 5)]
    fn error_is_no_error(stored: Value) -> Result<Value, Oops> {
        Ok(stored)
    }
}

fn main() {}

// 5 mistakes

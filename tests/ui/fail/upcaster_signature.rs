#![allow(unused)]

use evento::{prelude::*, serde_json::Value};

#[domain_event(version = 9)]
struct Opened {
    id: String,
}

#[upcasters]
impl Opened {
    #[upcast(from = 1)]
    async fn waits(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 2)]
    fn has_an_event(&self) -> Value {
        Value::Null
    }

    #[upcast(from = 3)]
    fn takes_nothing() -> Value {
        Value::Null
    }

    #[upcast(from = 4)]
    fn takes_more(stored: Value, metadata: &Metadata) -> Value {
        stored
    }

    #[upcast(from = 5)]
    fn generic<T>(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 6)]
    fn opaque(stored: Value) -> impl Into<Value> {
        stored
    }

    #[upcast(from = 7)]
    unsafe fn promises(stored: Value) -> Value {
        stored
    }

    #[upcast(from = 8)]
    extern "C" fn foreign(stored: Value) -> Value {
        stored
    }
}

fn main() {}

// 8 mistakes

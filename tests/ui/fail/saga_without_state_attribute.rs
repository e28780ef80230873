#![allow(unused)]

use evento::prelude::*;

struct Order {
    id: String,
    total: u64,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "id")]
    async fn opened(event: &Opened) -> Result<Self> {
        Ok(Self { id: event.id.clone(), total: 0 })
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

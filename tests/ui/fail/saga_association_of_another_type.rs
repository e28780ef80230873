#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Order {
    #[association]
    id: String,
    total: u64,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "id")]
    async fn opened(event: &Opened) -> Result<Self> {
        Ok(Self { id: event.id.clone(), total: 0 })
    }

    #[saga_event_handler(association(id = event.total))]
    async fn paid(&mut self, event: &Paid) {}
}

#[domain_event]
struct Opened {
    id: String,
}

#[domain_event]
struct Paid {
    order_id: String,
    total: u64,
    receipt: Vec<u8>,
}

fn main() {}

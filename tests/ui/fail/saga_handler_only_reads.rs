#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[saga_state]
struct Order {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "id")]
    async fn opened(event: &Opened) -> Self {
        Self { id: event.id.clone() }
    }

    #[saga_event_handler(association = "id")]
    async fn paid(&self, event: &Paid) {}
}

#[service_event]
struct Paid {
    id: String,
}

fn main() {}

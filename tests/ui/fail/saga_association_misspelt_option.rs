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
    #[saga_event_handler(asociation = "id")]
    async fn opened(event: &Opened) -> Self {
        Self { id: event.id.clone() }
    }
}

fn main() {}

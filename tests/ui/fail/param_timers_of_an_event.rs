#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Order {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "id")]
    async fn opened(event: &Opened, timers: &Timers<Opened>) -> Self {
        Self { id: event.id.clone() }
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Order {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Order {
    #[event_handler]
    async fn on(event: &Opened) -> Result<Self> {
        Ok(Self { id: event.id.clone() })
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

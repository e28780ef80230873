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
    async fn opened(event: &Opened) -> Self {
        Self { id: event.id.clone() }
    }

    #[saga_deadline_handler]
    async fn unpaid(deadline: PaymentTimeout) -> Self {
        Self { id: String::new() }
    }
}

#[domain_event]
struct Opened {
    id: String,
}

#[deadline]
struct PaymentTimeout;

fn main() {}

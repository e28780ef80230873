#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    order_id: String,
}

#[saga_state]
struct Order {
    #[association]
    order_id: String,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association(order_id = event.order_idd))]
    async fn opened(event: &Opened) -> Self {
        Self { order_id: event.order_id.clone() }
    }
}

fn main() {}

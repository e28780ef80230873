#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Payment {
    #[association]
    order: String,
}

#[saga(version = 1)]
impl Payment {
    #[saga_event_handler(association = "order", executor = "mail")]
    async fn placed(event: &Placed, timers: &Timers<Timeout>) -> Self {
        Self { order: event.order.clone() }
    }

    #[saga_deadline_handler(executor = "mail")]
    async fn unpaid(self, _deadline: Timeout) {}
}

#[deadline]
struct Timeout;

#[domain_event]
struct Placed {
    order: String,
}

fn main() {}

// 2 mistakes

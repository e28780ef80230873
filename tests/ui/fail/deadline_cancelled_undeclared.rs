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
    async fn opened(event: &Opened, timers: &Timers<PaymentTimeout>) -> Self {
        timers.cancel::<PaymentTimeout>();
        timers.cancel::<Reminder>();
        Self { id: event.id.clone() }
    }

    #[saga_deadline_handler]
    async fn unpaid(self, deadline: PaymentTimeout) {}

    #[saga_deadline_handler]
    async fn reminded(self, deadline: Reminder) {}
}

#[deadline]
struct PaymentTimeout;

#[deadline]
struct Reminder;

fn main() {}

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
    async fn opened(event: &Opened, timers: &Timers<PaymentTimeout>) -> Result<Self> {
        timers.schedule(Reminder).at(Timestamp::from_millis(0))?;
        Ok(Self { id: event.id.clone() })
    }

    #[saga_deadline_handler]
    async fn unpaid(self, deadline: PaymentTimeout) {}

    #[saga_deadline_handler]
    async fn reminded(&mut self, deadline: Reminder) {}
}

#[domain_event]
struct Opened {
    id: String,
}

#[deadline]
struct PaymentTimeout;

#[deadline]
struct Reminder;

fn main() {}

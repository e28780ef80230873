#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, timers: &Timers<PaymentTimeout>) {}
}

#[domain_event]
struct Opened {
    id: String,
}

#[deadline]
struct PaymentTimeout;

fn main() {}

#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    #[event_handler(retry = 3)]
    async fn on(&self, event: &Opened) {}
}

fn main() {}

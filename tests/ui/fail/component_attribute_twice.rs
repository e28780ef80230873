#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

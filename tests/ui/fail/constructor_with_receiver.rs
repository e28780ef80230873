#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[inject]
    fn new(&self) -> Self {
        Self
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

fn main() {}

#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[inject]
    fn new(commands: Commands<Open>) -> Self {
        Self
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

fn main() {}

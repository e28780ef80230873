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
    async fn on(&self, event: ) {}

    #[event_handler]
    async fn also(&self, event: &Opened) {}
}

bundle! {
    Doors { id: "doors", version: 1, components: [Greeter] }
}

fn main() {}

// 2 errors: rustc cannot read it either

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
    async fn on(&self, event: &Opened);
}

bundle! {
    Doors { id: "doors", version: 1, components: [Greeter] }
}

fn main() {}

#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[observer(version = 1)]
impl Greter {
    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

fn main() {}

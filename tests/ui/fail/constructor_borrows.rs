#![allow(unused)]

use evento::prelude::*;

struct Rows {
    name: &'static str,
}

#[observer(version = 1)]
impl Rows {
    #[inject]
    fn new(name: &'static str) -> Self {
        Self { name }
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

#![allow(unused)]

use evento::prelude::*;

struct Rows;

#[observer(version = 1)]
impl Rows {
    #[inject]
    fn new() -> String {
        String::new()
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
